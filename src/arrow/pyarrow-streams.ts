/*
 * Test support, imported by tests only: streams that pyarrow 26.0.1 wrote, for what apache-arrow cannot
 * write. Each is `zlib.compress(sink.getvalue(), 9)` in base64, where
 * `pa.ipc.new_stream(sink, batch.schema, options=pa.ipc.IpcWriteOptions(...))` wrote the batches.
 */
import { inflateSync } from "node:zlib";

/** One batch of the columns that `pyarrowLayouts` lists. */
export const layoutsStream = unpack(
  [
    "eNq1ViFTG0EUfrt3oddydG6mKU3biBOIiM6UdhDICAQyEpcccCWZSQOTHJAwiIoKRAUSgUD0ByAqkEhkREUlElGBqASub2/3uN3X",
    "XEKn05fZ7L3d7733vbdvL4njOD6xATwQ8gRcmIICOPiEwmzUATUHv231DTCN45sF8JMDrOCo4PjFAA5xvMFxg/sXONYVfvkmjtGZ",
    "W8TnObWGMCjjmMHRbvWi+uaH+k4r3O2hvoT4fWlTErxKygbU3IrCj+K5jZivEvdc+PY136UkG8QE3Y2wLiIAHCP2u8TzcX4/Jxhg",
    "Sb63Cf6Zp/kX4t77Xm11gu5ArN2g3YLEFz2VX4rPuERhH7lUENeQ2FeCe0XjLuJ4Bvf70oCwOZJ2hXE5HCDmXOJe5tZG83yG2Ovb",
    "ybU5uZW1qQqfdwn+xajayKpkvEuIrd1lZ0prI6qSopcQty+xsyWtZ7joDcXtseC/2dmod7c7IkAf8afSZoryn8KxE7S3QwSeIOY4",
    "wQGnPMR5o7t62FlPOH+5y3J149F8+lo9e83NbqQIOYivxlnfl7X6FwmnBcS148m1L8cZn0b8sBxqykbghloOvpbDupaTKidcINZD",
    "pg4yfZScqKfeEbLvyjn1tZOPQBcTLqat5Ds3hq+DeAetHLnNfIVDOvHQlrWTPTar3lRuEgEsO+EElgLAU9Q99dZyUQOYx70FdbfS",
    "+KkJU890FvIW8sVVs0fsSmS9omau5nniZ147byGLZH+RxFsm8WokbpPYN7V6C9ki+1vEX5/on9RcVfM5ifeD4C8J3mcmfpGZ+Coz",
    "61UjeoPgm8ys6yEz80n1tH9OiT4k+CGJd8my3hZyReJfk/glnvVSEoeb+Ao38TWCXyH4BsEfcJPvAbE/JPZHSk/vyynZP+Nm311x",
    "83yEzJJ7YlwvojPSv0D6PU+fZM8m6HaOfZ5emBDP+kf/k+xpvlyt2YRfimEKE6yla7ZRSysnL5oP5TGj3V/xOwoPFPH+CfvBWtQe",
    "vHu/OoiEbdj1o2bQ8aPdsL0T+rga9mZy+FCZFD/P//SI89Prleb+ekS9R51PIafPrJyZj8mJKZx4d/QHg729vazekPM7Q/0Hq2vG",
    "Of1vO8atP+y41mOj+iz4i3PNO8dY/j+B3+jhOWo=",
  ].join(""),
);

/** The same columns, each `.slice(1, 2)`. */
export const slicesStream = unpack(
  [
    "eNqlla9zGkEUx99eIL22tHMzpem1gzgRgehMEYhIRAQyMo6QcE2YoaQDlwQykREVFUhEBKJ/QEUFMhKJqEBWIioqKoHt2x+XW165",
    "S2iXWe7e7ee9/b63e3uccz5IATgg2hPIwCakwcY7bCyFNqBl439K/wM8xf5tA+CnBbCPPY/9NwPoYX+LfYbjI+w1zZdnnGOwTBbv",
    "t/UzxCCH/Rn2Rr0dVE7fV87r/kUb7V3kr5SPK3S52gf0tR74H8R9A5kvinspYntGbFdmg0y1dexXxAwAN8h+V7yVFPdaMsBkvnPJ",
    "v3CM+KJl7mIf1pvVVlc8m6FfUfFZR+cX8pGWwO+gljxyB4p9I7TnDe1iHmdJ+11pQPj0lV86KYdPyNwq7nVsbYzIQ2R/ze+vzWCu",
    "alMSMReSf7WqNqoqkW4X2b1FtKa0NqIqIb2L3JVit1xjz1hib2htj4X+0+ZxpXXWFBN0kP+qfDap/k3s59XGmY/gAJkbyYFFdYj1",
    "xnAVv1mTmj8volwzfLWejlHP9slpK9CCbORLPNr3OaP+WaKpiFyD31/7HI/0HPCH5bCnfQQ3NnLwjBxqRk66nDBC1kGlNip9JFfU",
    "0WeE2ne5mPqm5E/QWall2Vfp3U7QayNvo5ethpmnOZTDxylVO7XHtvRJlZEzwEZKapIJyfYcbUefWhm0AAp4ZhX1u3WHCVe9LrDi",
    "Kto7iG82uYZ+jvEugK63KS9P4uTJeIGMF8g8O2R8h4yXyHiJjJfJeJno3yP2Psmjo6+uvvYI3yf8kPBjwk+Ivh/EnhK9U1I3hy2P",
    "h3a4Dh6xC4QP7XC9StpOh/VhpD5sOZ8Ttrx+HwnfIXyP8H3CDwg/JHqHxP+W+I9IPhPiPyH1mJL5RNsi7wkk2CxmnK1pW//IszVt",
    "WNP+3/gsIR/L2Gfhs5CrHv0dl+kz6yHzxzXx7fRbXnBSbXrBhd84973DbuC34/xd7XOfP1tzf4TfgXSM3yo9Zr263cvLy4S8w+eH",
    "R8n1WZezNpL360PrxdX3Gf4AyyAurQ==",
  ].join(""),
);

/**
 * Two batches with the columns
 * `words`: `pa.DictionaryArray.from_arrays(pa.array(keys, pa.int8()), pa.array(values)).slice(0, 2)` and
 * `lists`: `pa.ListArray.from_arrays([0, 1, 3], ` a dictionary of the same with uint16 keys `)`,
 * for keys, values = `[0, 1, None], ["a", "b"]` and `[2, 0, 1], ["a", "b", "c"]`; `emit_dictionary_deltas=True`.
 */
export const deltasStream = unpack(
  [
    "eNrNVb1OxDAMttu0jVCEKnSqOjDcwHAPwngvwd9wEgiJnsTCwzAyMDDySLxFsB33L9ee7hgAS67j2HH82Y7qvfcrBFhASyfgIIcM",
    "LK2I0IAhcUF+LBPiNwj+JX0t+RZ0grVSzqNj2zkx+6P6ZsT3m2bbkFxTrHdismZsuyReqj+o3GzvHnht4YzYEIc42OWZy34uNwO8",
    "UrwS6i4fzk3zmbyD83l+fLpt5A4rFv460R1xIToHCNZQB7rGt/hB/BdaLSdnITFiq9Ueqhhil1rfmjyNWta6n0BPKcyTU1mqHJ7D",
    "SJ/av7oOknF8HIWj70M96sP/wfM1wlON8aRG8l7N5P0ykXe+J++0q8uYbISrHuQMOoNx7HQCZzJzH0K8CMt0p9Y40+dqp8/1oP5c",
    "l1PBUYT3T4H2zS0e2GcbSYz6iTN9voG+v59H4qj0Hbc4Dpnb38RzyLwu/2heIdJ/Oq+9HSfnNVHdy/8A4Bs9qUj9",
  ].join(""),
);

/** As `deltas`, with `[0, 1, None], ["a", "b"]` and `[0, 0, 0], ["z"]`, and without deltas. */
export const replacementsStream = unpack(
  [
    "eNrNVM1OwzAM/tymXYRyiNCEeuCwA4c9CMe9BAgOk0BIdBIS4mE4cuDAY/EWwXG8bg0tWncALLmOY8f+/KOGEMKSgDm2dAKHGhUs",
    "n5jIwLC4YL8oC+Y3JH/PX8u+M34RNS/vyUXbOXP0J/WtmO/W7aZlueJY78xsraLtknmh/lC53tzex7PFKbNhTnGow1nLfS2ZgVeO",
    "59F0eCI2xTOYI+J5eni8aSWHFUv8OtEd80z0GCBZUx84TdjWD/Gfa7ecvEVhxNaoPXUxxfba34Y9jVpWel9gRyXGyan0KvffUaYP",
    "3V9dJxnr+JhUx24OTW8O/6eez149Z/16SiO4lyO4XwZw1z/gLru+9MlmdTV7mKE7mMcuB+osRvIR8kM6lt96TV1fDtlXP3Ff6cD5",
    "2kxSNkcame8zpu2pP3JPf7OOQ/Zz8Uf7iUw/dj8x0ofcHuT/D3wBUyVI3Q==",
  ].join(""),
);

/**
 * A column of `pa.DictionaryArray.from_arrays(pa.array([2, 1, None, 0], pa.int16()), structs)`, where
 * `structs` has one field `i`, a dictionary with the keys `[0, 1, 0]` of `["p", "q"]`.
 */
export const nestedStream = unpack(
  [
    "eNqNUcsNwjAMddoAUQlShCrUAwfG4NAR2IITN9iCETgyAseOwBhsEp4TE7VRi+rIfXb8fan33n+IyBFLRZaWtCADC6I0acAbOYwK",
    "ytjBh7dpYB+hB7nneCt4hhocjhiJP0MdKZ71gO2oQWxJK0x1VMsOalHje4LupY6k5yX0rKGxZyP3PzHoY9DNSEmcGzlgnH8Ba8m1",
    "sCJTiwMpdIg1qdd2Yk4F34ZIJXvy3kVvj5KmxQo6wX6dyvyx++stIvPpZvAxiU+V/oX7w6OcySOXfm4xUluOkRIe9wGP3ZBHqcP7",
    "u4n3byWms/nZmN47DGM6y1unHirtx/gF1s0uNg==",
  ].join(""),
);

/** `pa.array([1] * 1000, pa.int64())`, `compression="lz4"`. */
export const lz4Stream = unpack(
  [
    "eNp9jkEKwjAQRX/a2AYJmEUXXQhCD+AVmo3QjeARBC/h2lN4RG+R/hkHWoT6QyaTz8/LlFLKE0CCaI+IBjsEdpTzvIO3wOqt0ubu",
    "9E1Hr0GrqWQMV8l5tCws/1BO5G6VI3Zm4fflbTxRRG8TRKWi9sqasCjSSTrPNzPZf8L41EvO6wIqbOuy6t3Pe1E+GWu49vf8OrMd",
    "HJOHoKP/0Xhbc8SRcwaICDSn",
  ].join(""),
);

/** The same with `compression="zstd"`. */
export const zstdStream = unpack(
  [
    "eNrFUUEKwjAQnLQxLZJDDj0UkYrgoTefYJ/gwQcI3voCL0LBj3j27pv0ExInaywF8dSDE2Y3WWZnQ+K990cADgFTWBhMkHNHKM0z",
    "eMoZdYwsk4X0FKwZZKJy0UMlIc+jFlF/EB9LZuITyg0Dx/tL9AuwKOMNrLgi1eJVK/SwqDhL95otuSJL8pFiACPzTJyX4DeWA3/1",
    "5QM0i3eub+vnvqlOOdqT053bIKzrKLT/be9Gtc/O912C9PN84T9DfgHqnsBD",
  ].join(""),
);

/**
 * `a`: `pa.array([1, None], pa.int8())`, `u` and `d`: a sparse and a dense union of int8 and string, with `metadata_version=V4` and
 * `use_legacy_format=True`: messages without the continuation marker.
 */
export const v4Stream = unpack(
  [
    "eNqdUrFOAzEMde5aGlUndEioytChA0OHDmXrwMDYgaEDAyOVGBi6Vmr/hg/oZ/ABDIx8C+HZcU",
    "pqHaqEI8tx3rPzzrmDI2qJbUgNXVCfPHYwV1MPYRpj5FjDH8B9Q+T84ztGkC4D9jd6VsEf4TMu",
    "h7/AvXT1WNL0yCPlhCh9+qzhWvtk7Ba+AX6XOFUXZ873CU6O73iNf+uaas1WdHlBfcHJPQ+Fpt",
    "ChqSeL6POMrvdCVwuGxyQGmAdnaeapdmxq1zo3D7bXY4305dJdbA2N9MUa6Up1LXqfKdsQeSNf",
    "yW8607eu6Neuir3TmO/KvJZOrTV4MHgw+MTgk6P+ZHPDXxj+wuD3RufS8Jfme1YGX5n6J8NnG5",
    "h/gszc/pO7M3l55syBq045Od3tu5s5s98X+Q/RODD7",
  ].join(""),
);

function unpack(base64: string): Uint8Array {
  return new Uint8Array(inflateSync(Buffer.from(base64, "base64")));
}
