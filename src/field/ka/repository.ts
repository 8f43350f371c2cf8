/** An image's name without its tag and digest: `registry:5000/team/app:1.2@sha256:…` is `registry:5000/team/app`. */
export function repositoryOf(image: string): string {
  const digest = image.indexOf("@");
  const name = digest < 0 ? image : image.slice(0, digest);
  const colon = name.lastIndexOf(":");
  return colon < 0 || name.includes("/", colon) ? name : name.slice(0, colon); // before a slash it names a port
}
