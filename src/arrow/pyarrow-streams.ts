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

/**
 * Of a batch of 300 rows: the whole of it, `.slice(0, 0)` and `.slice(290)`, with `compression="lz4"`. For
 * x from 0 to 299 the columns are `i`: int64, x // 7, every fifth NULL from the first on; `s`: `"word %d" % (x % 9)`;
 * `d`: a dictionary, "red" or, every third, "green"; `l`: list of int16, [x, NULL], every fourth NULL; `b`: x is
 * even; `n`: null; `e`: ""; `r`: uint8, (x * x * 2654435761) % 251.
 */
export const lz4Stream = unpack(
  [
    "eNrtmn98VXUZx8+5u9su48LufogDYWxz4BgTccIYiLSQcBHQIlBaBhNhIvKrRUhKONekiYjIISRU",
    "WKi4kGgQIQ5ENFMCIyLUZYREiIQ0jAgWGev9nPtcds/xDrFXf/jqtfN6vfc833u+9zk/7vl+nuf7",
    "PWtqampqNA0jYMgWZ/iNGCPa8OGxmV7Di6k939Qk1gdP0LcEUmAd7Uq4FfqA9FlKX77okXgp+pkd",
    "CsqI7eOTGI21I9g3Wvomu/pOgmPsPxLsY0bqMx38nL+vye4TE6nPBOjN/pxgH39y2HnJ/oDaqTCW",
    "PqObIp+/2DtnTZomfqHdx7DPKUAvH1cUy50LcPTgfTSjk/WedHadz0T72n32pz7dt1zjpfHnAH59",
    "U/N9cd/Db9nt4O8ixwsdW1p6bPvc3ce90z6uH2Lt48rHBfzhUE1b9L7J5ueIwSfAb0c1PF77HAqN",
    "5i38/AP2dzpjvRe+M1aPLzE9Yd8LnXeU0fJ2pdostV3D9pmueMHz1dgZI1JKCipolkszWh+xsHN2",
    "9KNZfkfZpEnTyyZNtD+X+5Diuch9iPLa11SQEH5s53UXms3XnWN+/LoTw86nu+s6d+qFfei6wFB7",
    "t/6YO2KDtkj3B3zO/qF2b20XaDtD25O1vUp/BJ/fub+3th/X/XvjnfFD7VD/Rtf+UDt0fWkB5/6W",
    "2l3C7lebsPs3UD8Lv58Xa39J269o+0+f0N9tW4rf3fn8yFWOP3jvyRfPRhttil48e/Beve6SNo5+",
    "GzzyCJtGZpKZb/gRP4/hTzG8jFxPuhHlES/eZ0TzcVJUm5DrTzOSvB0Nr909rEf0hR5eesQkOAPG",
    "ugP6HAHbRAgY5wjY1hXQ7w7YzhGwfYSA8Y6AAVfABHfAREfApAgBkx0BL3MF7OAOeLkjYEqEgB0d",
    "ATu5Al7hDtjZEbBLhICpjoBdXQHT3AHTHQEzIgS80hEw0xWwmztgd0fAqyIEzHIE7OEKmB0W8IKq",
    "GMYmr+M5pmnraoxKbqKmplTIhGyVnDwdsoM1ZYyE0VAsQwNKNdWWwRyYpyXEAlgMy6TEgNVQA+vl",
    "VKBOpA9egzdgH9TDQTgCx0Uq4Qx8JGmC4euD9pAMnSANupvBoZ0L+TAIhsAwKIKb4VaYAJNhOsyC",
    "e6Ac5sNCWALLYSU8DWuhFjbDNjMoPzthD+yHd+AQHIUTcAqk7DoP/BZGHASgA3SGDMiCXtAHBkAB",
    "DIXhMArGwjiYCFNgJsyGuVABVbAIlsIKqIY1sA42whbYDq/CLtgLb8EBOAzHoAFOwzlPMG/HgB8S",
    "IQVSIROyoTfkwUAYDIUwEkZDMZRAKUyFMpgD86ASFsBiWAZPwGqogfWwCepgB7wGb8A+qIeDcASO",
    "w4dwBj6KsqsWwwftIRk6QRp0hxzIhXwYBENgGBTBzXArTIDJMB1mwT1QDvNhISyB5bASnoa1UAub",
    "YRu8AjthD+yHd+AQHIUTcAoa4Tx4KVbiIAAdoDNkQBb0gj4wAApgKAyHUTAWxsFEmAIzYTbMhQqo",
    "gkWwFFZANayBdbARtsB2eBV2wV54Cw7AYTgGDXAazkUHB38M+CERUiAVMiEbekMeDITBUAgjYTQU",
    "QwmUwlQogzkwDyphASyGZfAErIYaWA+boA52wGvwBuyDejgIR+A4fAhn4CPwUCb5YsPrv1iHnvXH",
    "ve3uGWUT0zjrhGshF66DPtAXuJKEfpAfY8Tn2eVhU9PWIvlGrsSpdepjR9yv6pSJGjXeb39jYZFh",
    "Rq4f2kpp22Aa7Yoa2NobLeluFc9yEkEsj9bzMV7D8tkzNX4I/PZagyfiS93ZQYQZv5PW4Kn4aVqv",
    "ZeJ315ozGz8H20uEGz9X5yt5+PnYASLk+IOkhhRBxx+CHSrCjj8MO1wEHl+yxigRevybtf4vxpd5",
    "4TgRfvwJOvcpxZ+MnSKJAF/mcDMlIeDPws6WxIB/D3auJAh8yTwVkijw52OrJGHgL8QuksSBv0Tm",
    "npJA8JdjV0giwV+JrZaEgv80do0kFvy1RnD+uh6/FrsxeO+tzViZD9Xhb8Nul8SD/wr2VUlA+Dux",
    "uyQR4e+RmlgSEv5+7FuSmPDfkbmcJCj8Q9jDkqjwj8q8VhIW/glsgyQu/FPY05LA8Bux5ySReY3A",
    "+RrPjaatZ5YXG2PaumbFYf2mrW9WAJto2jpnddCpOXpndcammrbuWRnYTNPWPysLm23aOmj1wvY2",
    "bT20+mDzTFsXrQHYgaatj1YBdrBp66Q11AxOc9BLazh2pGnrpjUKO9q09dMaiy02bR21xulyAXpq",
    "TcSWmrauWlOwU01bX62Z2DLT1llrNnaOaeutNRc7z7R116rAVpq2/lpV2AWmrcPWIuxi09Zjayl2",
    "mWnrsrXCDC5VoM9WNXa1aeu0tQZbY9p6ba3DrjftoWxtxG4ybf22tmDrTFvHd2zH7jCbpxNG/wjj",
    "eIxppBWNYQubM1RGOfrRLA9NX6N0fiq1VKxOd2Q4S6x2IENaZhMJWmclwWU6tC8H0RoZ3lfItElr",
    "MJkmp+swlyl0N5Wcq6CH1mc94Wod8tfAtSDD/jroq7VbP71EGf7Xww0gEvA5+LzWdTfCF1QKboIv",
    "wjCdeo3Qmu/L8BWVBdHFMSDScAt8TevBr8M3VCLGix7rcs3tuvwjteIdunQhcnEXTNNlnxnwTa0j",
    "ZUnk2yodd8N3QOTjXviu1pj3wf0qI9+DB0Ck5PvwoNafD8HDKimPwKMgsmLBD7Q2fQx+qPLyODwJ",
    "IjGr4Edatz4Fz6jUPAs/BpGb5+AnWtP+FDao7PwMfg4iPc/DC1rvboUXVYJegpdlWgu/gF9qLfw6",
    "/ErlaDf8GkSSfgO/1Tr5d/CmStPb8HsQefoD/FFr6Hd1qiwy9Wd4D0Sq3oe/aH39AfxVJesk/A1E",
    "tv4O/9Da+yz8U+XrX/BvOC/LK5IazWBdHgXRqmWx0AZEz9pCO63Z4yFBdS0JLgPRtsuho9bzV5jB",
    "ZQPRuK6QDqJzV0I3rfWvgh6qdz3NlufzoXHczh7H0S3m43gjOJ+X7L6qKMJ6gfaTa2s6YQztUj7r",
    "dNyzby59d2tW+pptty8rXvtQ45kHqodXjlhddc7z6IYJq6a9vrFX3q6Tz7xfl9p+wWN9x3e6rf+T",
    "S1Kyd5593ndoZOGe9x5+ef7bL+T03Lzvvi0V9S/1u373iZUHnmt7asacxPzjuTGlt+w/fP+6ybUP",
    "Nhy5a17GqKSSQTVPXXPTB92O3pD2yCNpNxzt9sFN1zxVM6gkaVTGvLuONDxYO3nd/Yf331Iak3s8",
    "P3HOjFNtnzuw8sTu6/u9VF+x5b59m3vmvPD2/Jcffm9P4chDvufP7sxOWfJk/9s6je/72IL2qXXv",
    "P3NyV16vja9PWzVhw6Oec1WrR1QOr37gTONDa4uX3b5tTXrW1neXvvls3OlZ5V2G/svoWGRfkt4f",
    "uWE+x/pa8sfW12RCudwX2h/QNcbg/oG6Ru1rYT3t026h9bS9Xtf61n/ZDq2nzXStx/2v2qHndblr",
    "/ye1Q+tpn7WtdX2hdX2hdX2hdX3h/2V9oXXe3jpvb523f3bn7Zdax1/qe+BCz6W9B44zLv4euGPo",
    "PajaPmrHuuqlUPtGtdVqh6g95uofavcLxTedxytwvV8td+2vNp3fr3e9D6139W907Q+1Q++J01zv",
    "tVtqp7vq1tD9C3WPc11nS+1Q/4Dr/X9L/eMuMb7HOW+kWX4w/P8Zipz7uxjBPNC1h8/wJmWnNL+a",
    "M4qc75ud38sxPl09fGEb6Ixz9YV17ousbyeQWWdee/eFte3w/0vQOHYqMmU122fnM0+zYz855kXu",
    "z9aolq+zm66v2N/zMohD/xsUxyD262JY4OL3f8yY8OfoY+ddfklrApHimi2fd1vVj6SiFp4X7Uez",
    "vHl679IZsf8BkipoXA==",
  ].join(""),
);

/** The same with `compression="zstd"`. */
export const zstdStream = unpack(
  [
    "eNrtWXlcE9cWvpMEDJAHYV8EHlK1oqggIGATcanixqI2Ay4oIYBYVBRFiAKCglWpVRSIKBBxwypW",
    "qCITgYoiAoIoIKKVJewqVqxsjQV5d5KJhgjV937vj/7Rb34nd757zt3OvTP3zM3g4ODgHwgAdIBD",
    "GdCAIlAAVHgHgVAABSYZ7wYH8ZQKJQnaekLRg5IOeRSU1VCsoeA2cdAWFiTh9ekReeKqoATCuqkw",
    "R5GoK19iq4DbasnZ+kB5BvUtEhtkOJtNUGiw/9RBsY3icDZeUCyg3lxiQ9OS6ReupxPpBiju0Oab",
    "weH7j6frt/lsxO8XiG2AuE90aEWFIxoFPUeHrUv8iChoET4xlOuPt3jsVHEuldAdI+ozgT+18P7x",
    "4Ae/yPtwq5hL5gVvT9o2zoi2xX2Xb3e9uF0alFHidvHsWfAHNjWYT/gNBw22KFkBNHGtgEQR92EW",
    "+ADZ/tPFZYxhSnlfxhPKWKLvJCALRXH7ikT7ZDAyjIjUhEj1ZXTIR/UCSV8hJmRNHTChsSVEgVho",
    "HxKJnjobgHWBPj6bAn28iXzcDyakv/ADmSL2aYaSbJtDx+2KfBi3OTLyuDX+YpyTiXKuyNDxSfkB",
    "YuBCwnnFhP48Zai9lJsS/AHBDQj+muBJRL2HFYfqMwieRujdqUPrl3KpfYicXspHE/yYnH4kriMz",
    "biUZPzKIPHM5v4zEFxP8FsEbP2Evn45U/3jZdTQevqUs6nd25vWpISA/Rgdf+0of9J6e1DoqaDNi",
    "qNBDftHfUJLhmel+xhbYwSvV9ZkQR5codCbfOa3q+TZlHNNP3PO9oq8HUew9LXFJW6Bg9RReBI5F",
    "Z5f9+I2q+iX0YvW3TAZEOn4XL86eC1HwfNuMZGcVHHjWxIPzT1f4xR2GoCtHk/Rx4HWVeqyGqN2U",
    "/fQ3vHzWynkQhRvwdjVxZLqb68Tkrblc06GtDjFYArFQjJJiiAViFBfhcMRR1Nn350D4aBziUr9t",
    "z6nbpBvR4U4CGhaGxjcGBxWpHYYxQT8UzijySuZklme6t7unbzV/ZK9zcyXu2qsUGX9dJRdqgkWL",
    "y5TsgMBH9ae2turaXINLfH9Bds/WyX3Xwn9qrX90P6v26VtBws5VDjWBAR3tK19tHFhdmneJvypu",
    "2SKz5aHgKIgDM1EGOgO1Q6ej1ug01AKdgpqjE9EJ6Hh0LGqKmqDGqCFqgOqhOqgWqoHSUVWUhiqj",
    "VFQRpaAkdPLFIPPLgWa7Ase7BH6x63rVifLus5OYzxc4XK+Ice5OVWE+mzUouL+zvCu5g9Fud0Nw",
    "z9+5K7GU0WaxS1DaMGqJn441+fhAWagv0yrlSfmSdQlWBYl1ZRt8bayOPylb4qtjtScxr2y1b0Bv",
    "UOu8Vu3W1paslugWVotNi3ZLT3N1c1ZzfHNQM6vZplm7uaepuimrKb4pqInVZNOk3dTTWN2Y1Rjf",
    "GNTIarRp1G7sEVYLs4TxwiAhS2gj1BZWoytQFF2OuqJO6CLUEf0anYPOQhGP6Looj6i6PR576nZ7",
    "7K6L9Iisi/CI8MjxEawQOAlmC2wEZgIjgbpASYAIRNjv2HOsEXuCVWAl2E1MgGViP2KpWCIWi+3H",
    "IjEutgVbj7GxFdhSbCE2G7PHLDEzbAymj6ljSlhW7SNaafrdJXdflnxfYl5SVvxyfZu1/3HLewm+",
    "i66c0a986edrPem4+r29qmQ//fy3bBFLtFDEFFmKxon0RcyBpHAnh3MNlS7Ped1z3xoNfB8+z+FU",
    "wwOXZ7rd5LcD/aHhTIeUhnKXdl5Xgaiuf0O4jcPxhjKXNt2uPaK8/tXhncHBPo4+uj7t3tne33m7",
    "edt663r3cWo42RweJ5jjxrHl6HL6vGq8sr14XsFebl62Xrpefewadjabxw5mS/e2UTLrkaqYpQCu",
    "HZ2gln928x317vvv6rXV2dUOi8fB16opCLY/eNvD+YstvKoFta3WGkMoCbGgaFEjxtDlFR9RZNhc",
    "WYrQKPn0Y/ObpqTFYqXrx74KNNifkzSU0iLNzqgLO9c1XkZIYBb9zAVShuxzlUGOhnfEnpucywCK",
    "25N1hnufOcHN69UrVQQsiFCQ5Ms9nywa2HvBwxZkjuaEP9o17OVyrXdwOKitOucInIELuLRmXs+P",
    "i+cZvXBxDphRVRmfEtV9erR28rO5c9RmPLgfVl8AH6wWw3bb6Zft75X5GJO7eDlXk1onTXSxv1vi",
    "tGbOm9iYKMOWf4+a+upU4YrQ6ANpdgc0bX/XGDuzyXSO4W2HkJDvtj7e/K/7EY26m1JvmYXujnK0",
    "ixoV/FqR9otQWcPwpppeSKSm3mZEDQjX9r2YUZN9NSUo/SK5s/iZNvNU6pfduyPq73c95zICHNtb",
    "GUkn1nV961dfdnQ/16KzsDWLkRCf9maZa32JlRl3bMDXLdGMw4f6mCGhRUEtdj80ZPxukGbZPM2Y",
    "fIfcWdD1esbmkNEpe2lqBTmejawQrfEMpamkqD6hvd9rvVwF5TW7vxPmW71WpoeQUyKAWv6fb3Z4",
    "HPLvWJ9nnh7ck37BuPrEkR1L1V48t88bfy67O+6I8bLF5+ka7F3CIrqWw9O995V0xDumvez82ePz",
    "x2IhCPgKIeY3iiwzf1GkSzQwP8Tb6nBglUEg+0m0j26Ch/v2YW4mz9a7Rd9rETWGxqbOhbemy5cC",
    "Frx01jRqzWzUMG6kvxOq1gtxn6YIqeFCxTVCykwhyVgI3m3Pzk7+zd9t568V4duv8JJfcnR3Pr75",
    "LuhycHLHqpodjzLDgy66Jb9YztvxMPVdt0pybkliaEk8oyS2v/hgbvH+0OJoRnFkf1FYbhEXupVR",
    "tKX/zsbcO+tD7/gw7rD7Cz1y4aQXshiFS/tvO+XeXhh6ex7j9uz+AmZugX1ogQ2jwLL/Fnn0jlTN",
    "tydVdpwkv+X/yeV3iVI6uCnNouSn3OQqUVIpN6lAdCKHe+KK6PhF7vHTosQT3MSjomMx3GN7RLyd",
    "XN5WUYI/N4Ejil/FjV8uilvMjZsrOkrmP63pzQzz5//K600NW8d/4tYbG8bhP9btjQxby6+p6dkS",
    "tor/iNfDDnPjV7v1LA1bzn+o2zM7zKUhr8o+rMqGWWU5UDk5r9IsrHIcs3LMQIVRXoV+WIU2s0J9",
    "4MFwzyGLpTDyc+gkjrwRcLkfqAyJU8R6czCOCq6qgflGEdu6ldOq4xpyJow5l8tJWHkh5o/e6JNL",
    "opxO7XtLis304m8s+nnK9LudZ9uvG6se4NmsNWDbJx/Rm1jcl00VOi8obz14c2+NwHzStcpd2O7H",
    "N2y/Kn2ZUntR5U1AiIbdi2mKvm4PmyLT/TL2v2rxDzddpuk58/zpqY4d49qYJocOmTDbxnU4Tj19",
    "fqan5jLTcP+WV/sz/NIjmx66+SpOe2GnERLwRuVibcrL0q9sbzzeje2qvDbJXFCz9+bB1vIFzkJq",
    "dl/xRL0jyfZsg7U2vAOqxtfbz3benT7l56KNfK/MWNLbfaecopacjO79I+bCygRO7rkxE3Ia4qrT",
    "lLu3RRjNR8DOgdhYkiSupw+J67U+iuvxeN2VItVrEN82Ev3XiCSep30ijv9vIY3jD8t9yPyvXBrH",
    "W8h9B/y/uDSOd5XTf4pL4/i/G/6JO/+JO/9Ocec/cdbfO8761P77uedHQuTzzo+UweedH2kSqR6R",
    "Wkvfw3LvOylnSvcNIrUFQ8+RgByXnks9k2sPIEPL2yFD9dLzKkuC75M7R9knZ39STi/l0nO/fDn9",
    "SHy03L4j9aN021SWG+dIXGpPB0PPD0eyV/7M+kmycR5JHYB68pD5Eee7GiEgHwAz8TXx/UX0xJUE",
    "ODSNQ5biFWkuW86cjRDLRRKwaBALw5g4kMWrsIAy/cOBGkO2PMMGAcXBAYHeJtPEv1bWNtNt7Sws",
    "JVmjKKRZ+YgixdDTbJvka1JabkKY+A8BhAKmUiJulnvQPJGPxpkjGefQ/sL2Xku9QpH+LaCMd12V",
    "8D0JmPCtgikf+43FGrI+xfkm8MvHFLrgCyjjoIyH8iUUMygToUxCRp4HFjJM/+YRj/kYaRj+fj7F",
    "euWlAHyInt+/B/D0P1R7fFE=",
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
