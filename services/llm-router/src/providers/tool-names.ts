/** Vendors take letters, digits, `_` and `-` in a tool's name; ours have dots. */
const NOT_ALLOWED = /[^A-Za-z0-9_-]/g;
const LONGEST = 64;

/** Our tools' names as the vendor may see them, and back; two names never become one. */
export class ToolNames {
  private readonly toWire = new Map<string, string>();
  private readonly fromWire = new Map<string, string>();

  constructor(names: Iterable<string>) {
    for (const name of names) this.add(name);
  }

  wire(name: string): string {
    return this.toWire.get(name) ?? this.add(name);
  }

  /** The name as we know it; one that the model made up stays what it is. */
  ours(wire: string): string {
    return this.fromWire.get(wire) ?? wire;
  }

  private add(name: string): string {
    const known = this.toWire.get(name);
    if (known !== undefined) return known;
    const base = name.replaceAll('.', '__').replace(NOT_ALLOWED, '_').slice(0, LONGEST);
    let wire = base;
    for (let number = 2; this.fromWire.has(wire); number += 1) {
      const suffix = `_${number}`;
      wire = base.slice(0, LONGEST - suffix.length) + suffix;
    }
    this.toWire.set(name, wire);
    this.fromWire.set(wire, name);
    return wire;
  }
}
