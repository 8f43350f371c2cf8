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

  /** Adds the value of a scalar, starting at character `from`. */
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
    for (const piece of this.pieces) copy.pieces.push(piece);
    return copy;
  }

  /** The location of character `offset`; `fallback` if the whole text is generated. */
  place(offset: number, fallback: Location): Location {
    let low = 0;
    let high = this.pieces.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.pieces[middle]?.at ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const found = this.pieces[low];
    if (found === undefined) return fallback;
    return locationInScalar(found.file, found.scalar, found.from + Math.max(0, offset - found.at));
  }
}
