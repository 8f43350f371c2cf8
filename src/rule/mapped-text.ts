import { type Location, locationInScalar, type RuleFile } from "./location.ts";
import type { YamlScalar } from "./yaml.ts";

/** Text composed of several sources, with a mapping from offsets to locations. */
export class MappedText {
  text = "";
  private readonly pieces: {
    readonly at: number;
    readonly file: RuleFile;
    readonly scalar: YamlScalar;
    readonly from: number;
  }[] = [];

  static of(file: RuleFile, scalar: YamlScalar): MappedText {
    return new MappedText().append(file, scalar);
  }

  /** Adds the value of a scalar, from character `from` on. */
  append(file: RuleFile, scalar: YamlScalar, from = 0): this {
    this.pieces.push({ at: this.text.length, file, scalar, from });
    this.text += from === 0 ? scalar.text : scalar.text.slice(from);
    return this;
  }

  add(glue: string): this {
    this.text += glue;
    return this;
  }

  addTraced(other: MappedText): this {
    for (const piece of other.pieces) this.pieces.push({ ...piece, at: piece.at + this.text.length });
    this.text += other.text;
    return this;
  }

  copy(): MappedText {
    const copy = new MappedText();
    copy.text = this.text;
    copy.pieces.push(...this.pieces);
    return copy;
  }

  /** The location of character `offset`; `fallback` for generated text. */
  place(offset: number, fallback: Location): Location {
    let found: (typeof this.pieces)[number] | undefined;
    for (const piece of this.pieces) if (piece.at <= offset) found = piece;
    found ??= this.pieces[0];
    if (found === undefined) return fallback;
    return locationInScalar(found.file, found.scalar, found.from + Math.max(0, offset - found.at));
  }
}
