import type { Descriptor } from "./descriptor.ts";

/** Maximum number of stored descriptors of a process. */
export const MAX_DESCRIPTORS = 4096;

/**
 * Descriptors with smaller numbers are stored in an array. All other descriptors, which are rare, are stored in a map.
 */
const NEAR = 128;

/** The map of a table, and its size. */
export interface FarDescriptors {
  readonly map: object;
  readonly size: number;
}

/** The descriptors of a process by number. */
export class FdTable {
  /** Number of descriptors that were added to maps of all tables, including descriptors in copies of maps. */
  static farAdded = 0;
  private near: (Descriptor | undefined)[] = [];
  private far: Map<number, Descriptor> | undefined = undefined;
  /** Whether another table shares the map `far`. */
  private farIsShared = false;
  size = 0;

  /** Number of elements that {@link snapshot} copies. */
  get length(): number {
    return this.near.length;
  }

  get(fd: number): Descriptor | undefined {
    return fd < NEAR ? (fd >= 0 && fd < this.near.length ? this.near[fd] : undefined) : this.far?.get(fd);
  }

  /**
   * Stores a descriptor. If the table is full, the oldest descriptor in the map is dropped, so that a process with many
   * descriptors cannot hide new ones. Returns false if the number is invalid.
   */
  set(fd: number, descriptor: Descriptor): boolean {
    if (fd < 0) return false;
    const isNew = this.get(fd) === undefined;
    if (isNew) {
      if (this.size >= MAX_DESCRIPTORS) {
        const [oldest] = this.far?.keys() ?? [];
        if (oldest === undefined) return false;
        this.delete(oldest);
      }
      this.size++;
    }
    if (fd < NEAR) {
      const { near } = this;
      while (near.length < fd) near.push(undefined);
      near[fd] = descriptor;
    } else {
      if (isNew) FdTable.farAdded++;
      this.ownFar().set(fd, descriptor);
    }
    return true;
  }

  delete(fd: number): void {
    if (this.get(fd) === undefined) return;
    this.size--;
    if (fd < NEAR) this.near[fd] = undefined;
    else this.ownFar().delete(fd);
  }

  /**
   * Returns the descriptor with the given number for modification. A shared descriptor is replaced with a copy first.
   */
  own(fd: number): Descriptor | undefined {
    const descriptor = this.get(fd);
    if (descriptor === undefined || !descriptor.shared) return descriptor;
    const copy = descriptor.copy();
    this.set(fd, copy);
    return copy;
  }

  *entries(): Generator<[number, Descriptor]> {
    for (let fd = 0; fd < this.near.length; fd++) {
      const descriptor = this.near[fd];
      if (descriptor !== undefined) yield [fd, descriptor];
    }
    if (this.far !== undefined) yield* this.far;
  }

  /** Creates the table of a forked process. */
  fork(): FdTable {
    const child = new FdTable();
    child.near = this.near.slice();
    for (const descriptor of child.near) if (descriptor !== undefined) descriptor.shared = true;
    if (this.far !== undefined && this.far.size > 0) {
      if (!this.farIsShared) for (const descriptor of this.far.values()) descriptor.shared = true;
      this.farIsShared = true;
      child.far = this.far;
      child.farIsShared = true;
    }
    child.size = this.size;
    return child;
  }

  /**
   * Copies the table for an event that is evaluated later. Descriptors in the array keep their current state;
   * descriptors in the map may still change with this table, which limits the cost of the copy.
   */
  snapshot(): FdTable {
    const copy = new FdTable();
    copy.near = this.near.slice();
    for (const descriptor of copy.near) if (descriptor !== undefined) descriptor.shared = true;
    copy.far = this.far;
    copy.farIsShared = true;
    copy.size = this.size;
    return copy;
  }

  /** Removes the descriptors for which `isRemoved` returns true. */
  drop(isRemoved: (descriptor: Descriptor, fd: number) => boolean): void {
    for (let fd = 0; fd < this.near.length; fd++) {
      const descriptor = this.near[fd];
      if (descriptor !== undefined && isRemoved(descriptor, fd)) this.delete(fd);
    }
    if (this.far === undefined) return;
    const gone: number[] = [];
    for (const [fd, descriptor] of this.far) if (isRemoved(descriptor, fd)) gone.push(fd);
    for (const fd of gone) this.delete(fd);
  }

  /** The descriptors that are stored in a map, which several tables may share; undefined if there are none. */
  get farDescriptors(): FarDescriptors | undefined {
    return this.far === undefined || this.far.size === 0 ? undefined : { map: this.far, size: this.far.size };
  }

  /** Removes the descriptors that are stored in a map. */
  dropFar(): void {
    this.size -= this.far?.size ?? 0;
    this.far = undefined;
    this.farIsShared = false;
  }

  /**
   * Returns the map `far` for modification. A shared map is copied only at this point, so that forking a process with
   * many descriptors is cheap.
   */
  private ownFar(): Map<number, Descriptor> {
    if (this.far === undefined || this.farIsShared) {
      FdTable.farAdded += this.far?.size ?? 0;
      this.far = new Map(this.far);
    }
    this.farIsShared = false;
    return this.far;
  }
}
