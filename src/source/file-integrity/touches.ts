import { Fan } from "./fanotify.ts";
import { elapsed, type FileState } from "./state.ts";

/** Maximum number of actors of a change. */
const MAX_ACTORS = 8;
/** Maximum number of incomplete changes. When it is exceeded, all changes are completed. */
const MAX_TOUCHES = 20_000;

/** An incomplete change: consecutive events of one path. */
export interface Touch {
  readonly path: string;
  /** Time of the first event, milliseconds since the epoch. */
  readonly first: number;
  last: number;
  events: number;
  /** Bits of {@link Fan}. */
  mask: number;
  /** The known state before the first event. */
  readonly before: FileState | undefined;
  /** Whether one of the events created the file. */
  created: boolean;
  /** Old path of a renamed file, and its known state at that path. */
  from: { readonly path: string; readonly state: FileState | undefined } | undefined;
  /** Whether the file was renamed to another watched path. The rename is reported for the new path. */
  isMoved: boolean;
  readonly actors: number[];
  moreActors: boolean;
}

/** Collects events by path into changes. A change is complete after a time without events, or at a maximum duration. */
export class Touches {
  private readonly byPath = new Map<string, Touch>();
  private readonly known: (path: string) => FileState | undefined;
  private readonly quiet: number;
  private readonly longest: number;

  /**
   * @param known returns the known state of a path
   * @param quiet time without an event after which a change is complete, in milliseconds
   * @param longest maximum duration of a change, in milliseconds
   */
  constructor(known: (path: string) => FileState | undefined, quiet: number, longest: number) {
    this.known = known;
    this.quiet = quiet;
    this.longest = longest;
  }

  get size(): number {
    return this.byPath.size;
  }

  has(path: string): boolean {
    return this.byPath.has(path);
  }

  /** Records an event. @param actor number of the actor; 0: unknown */
  add(path: string, mask: number, actor: number, now: number): Touch {
    let touch = this.byPath.get(path);
    if (touch === undefined) {
      touch = {
        ...{ path, first: now, last: now, events: 0, mask: 0, before: this.known(path), created: false },
        ...{ from: undefined, isMoved: false, actors: [], moreActors: false },
      };
      this.byPath.set(path, touch);
    }
    touch.last = now;
    touch.events++;
    // A process that wrote to the file takes precedence over processes that only changed permissions or links.
    const isFirstWriter = (touch.mask & ~Fan.ATTRIB) === 0 && (mask & ~Fan.ATTRIB) !== 0;
    touch.mask |= mask;
    if ((mask & Fan.CREATE) !== 0 && touch.before === undefined) touch.created = true;
    addActor(touch, actor, isFirstWriter);
    return touch;
  }

  /** Records a rename within the watched directories. */
  rename(from: string, to: string, actor: number, now: number): void {
    const source = this.add(from, Fan.RENAME, actor, now);
    const target = this.add(to, Fan.RENAME, actor, now);
    // Editors and package managers create a file and then rename it. Its events belong to the change of the new path.
    target.from = source.before === undefined ? source.from : { path: from, state: source.before };
    target.mask |= source.mask;
    target.isMoved = false;
    for (const each of source.actors) addActor(target, each);
    target.moreActors ||= source.moreActors;
    if (source.before === undefined) this.byPath.delete(from);
    else source.isMoved = true;
  }

  /** Updates the paths of incomplete changes below a renamed directory. */
  moveTree(from: string, to: string): void {
    const below = `${from}/`;
    for (const [path, touch] of [...this.byPath]) {
      if (!path.startsWith(below)) continue;
      this.byPath.delete(path);
      const moved = to + path.slice(from.length);
      this.byPath.set(moved, { ...touch, path: moved });
    }
  }

  /** Removes and returns the complete changes. */
  take(now: number): Touch[] {
    const ready: Touch[] = [];
    const crowded = this.byPath.size > MAX_TOUCHES;
    for (const touch of this.byPath.values())
      if (crowded || elapsed(touch.last, now) >= this.quiet || elapsed(touch.first, now) >= this.longest)
        ready.push(touch);
    for (const { path } of ready) this.byPath.delete(path);
    return ready;
  }

  /** Time until a change may be complete, in milliseconds; undefined if none is pending. */
  wait(now: number): number | undefined {
    let least: number | undefined;
    for (const { first, last } of this.byPath.values()) {
      const rest = Math.max(Math.min(last + this.quiet, first + this.longest) - now, 1);
      if (least === undefined || rest < least) least = rest;
      if (least === 1) break;
    }
    return least;
  }
}

function addActor(touch: Touch, actor: number, first = false): void {
  if (touch.actors.includes(actor)) return;
  if (first) touch.actors.unshift(actor);
  else if (touch.actors.length < MAX_ACTORS) touch.actors.push(actor);
  else touch.moreActors = true;
}
