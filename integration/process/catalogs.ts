/** A Singer catalog, as far as selecting needs it. */
export interface SingerCatalog {
  readonly streams: readonly {
    readonly tap_stream_id: string;
    readonly metadata: readonly {
      readonly breadcrumb: readonly string[];
      metadata: Readonly<Record<string, unknown>>;
    }[];
  }[];
}

/**
 * A discovered Singer catalog with some streams selected.
 * @param replicationKeys by stream id; undefined for a full table.
 */
export function selectSinger(
  discovered: string,
  replicationKeys: Readonly<Record<string, string | undefined>>,
): SingerCatalog {
  const catalog = JSON.parse(discovered) as SingerCatalog;
  for (const stream of catalog.streams) {
    if (!(stream.tap_stream_id in replicationKeys)) continue;
    const key = replicationKeys[stream.tap_stream_id];
    for (const entry of stream.metadata)
      if (entry.breadcrumb.length === 0)
        entry.metadata = {
          ...entry.metadata,
          selected: true,
          "replication-method":
            key === undefined ? "FULL_TABLE" : "INCREMENTAL",
          "replication-key": key,
        };
  }
  return catalog;
}

interface AirbyteStream {
  readonly name: string;
  readonly namespace?: string;
}

/** What a connection says of a stream: modes, keys, cursor. */
export type AirbyteSettings = Readonly<Record<string, unknown>>;

/** A ConfiguredAirbyteCatalog of a CATALOG message, with the streams that have settings here. */
export function configureAirbyte(
  discovered: string,
  settings: Readonly<Record<string, AirbyteSettings>>,
): object {
  const message = JSON.parse(discovered) as {
    readonly catalog: { readonly streams: readonly AirbyteStream[] };
  };
  return {
    streams: message.catalog.streams.flatMap((stream) => {
      const chosen = settings[stream.name];
      return chosen === undefined ? [] : [{ stream, ...chosen }];
    }),
  };
}
