/** Parts of an image's name. Text is stored as byte strings. */
export interface ImageName {
  readonly repository: string;
  /** "" if the image has no tag. */
  readonly tag: string;
  /** `sha256:…`; "" if the image has no digest. */
  readonly digest: string;
}

/** Parses `registry:5000/acme/web:1.37@sha256:…`. A colon before the last slash precedes a registry's port. */
export function imageName(image: string): ImageName {
  const at = image.indexOf("@");
  const digest = at < 0 ? "" : image.slice(at + 1);
  const name = at < 0 ? image : image.slice(0, at);
  const colon = name.lastIndexOf(":");
  if (colon <= name.lastIndexOf("/")) return { repository: name, tag: "", digest };
  return { repository: name.slice(0, colon), tag: name.slice(colon + 1), digest };
}
