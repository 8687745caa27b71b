/** How large batches become. */
export interface BatchSize {
  /** @default 8_192 */
  readonly rows?: number | undefined;
  /** Bytes of buffers. A single row may be larger. @default 2_097_152 */
  readonly bytes?: number | undefined;
}
