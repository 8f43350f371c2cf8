// A key pair for tests, created by cosign 3.1.3: COSIGN_PASSWORD=test-password cosign generate-key-pair
export const cosignPassword = "test-password";

export const cosignKey = `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----
eyJrZGYiOnsibmFtZSI6InNjcnlwdCIsInBhcmFtcyI6eyJOIjo2NTUzNiwiciI6
OCwicCI6MX0sInNhbHQiOiJrQU5vVHFMT1BIRjBLNmJvaHlRT2FDaVBIYWJxK2lq
OWVTRSs3TjlDUzUwPSJ9LCJjaXBoZXIiOnsibmFtZSI6Im5hY2wvc2VjcmV0Ym94
Iiwibm9uY2UiOiJvNWxRUU1DZldUQjkrbjZrZVdCZjc1QWVlQldFYlBlcSJ9LCJj
aXBoZXJ0ZXh0IjoiRmpFOERmWXJsOHl3NzZzeCs5cjFpT0MrQzBmbmRnakJhanE2
V2YwMHFsa3prYjZYRGwvcU94aTE5OGtaYkc2b3ZKSlZxRGxkZTlCbk1rQkgvbUpM
WlhZdFROYXJDeDQ4YmlYQllDOUFIbTNGaTVwR1lLS0ZqR09xdkpPWjlzYkF6Mkpw
WjdSbVltR1Z2T1lOb1Q1dWppWnFBeVg2M01KNktqVHM1VTNwN20vMk1wZ1dMTUpP
Z0I3UUZjdlpFcUxEQ2dyeFRqYzdUYjY1R3c9PSJ9
-----END ENCRYPTED SIGSTORE PRIVATE KEY-----
`;

export const cosignPublicKey = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8FcY6blpGJyGOvgcrgABzsnQl4Es
r4aMGlGRYarNnL3vtXGqCn7kuD4HmasO3VcPyrRpT7ek6yEdZtkXpK8V2Q==
-----END PUBLIC KEY-----
`;
