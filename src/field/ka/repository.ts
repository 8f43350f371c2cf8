/** The name of an image without tag and digest: `registry:5000/team/app` for `registry:5000/team/app:1.2@sha256:…`. */
export function repositoryOf(image: string): string {
  const digest = image.indexOf("@");
  const name = digest < 0 ? image : image.slice(0, digest);
  const colon = name.lastIndexOf(":");
  return colon < 0 || name.includes("/", colon) ? name : name.slice(0, colon); // a colon before a slash precedes a port
}
