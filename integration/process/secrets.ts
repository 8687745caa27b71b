/** What must never be said. The characters are those that URLs, JSON and regular expressions escape. */
export const secrets = {
  password: 'pw/Zq7"$&+x',
  token: "token-8Kd2vQ_x",
  header: "header-w3Rt9yPq",
} as const;

export const username = "grace";

/** Every form in which a secret could be said. */
export const secretTexts: readonly string[] = [
  ...Object.values(secrets),
  encodeURIComponent(secrets.password),
  JSON.stringify(secrets.password).slice(1, -1),
  Buffer.from(`${username}:${secrets.password}`).toString("base64"),
];
