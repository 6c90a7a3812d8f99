// How the checkers in Chromium count and print, like `Report` in common.py.

/** Counts checks and prints findings; the last line can be added up. */
export class Report {
  passed = 0;
  failed = 0;
  times = new Map();

  /** `repeats`: how often a finding is printed; what is wrong in a footer is wrong on every page. */
  constructor(name, repeats = 3) {
    this.name = name;
    this.repeats = repeats;
  }

  /** One check. `found` are the findings; the first word of each says what sort it is. */
  check(item, where, found) {
    if (!found.length) {
      this.passed += 1;
      return;
    }
    this.failed += 1;
    for (const what of found) {
      const sort = `[${item}] ${what.split(" ", 1)[0]}`;
      const times = (this.times.get(sort) ?? 0) + 1;
      this.times.set(sort, times);
      if (times <= this.repeats) console.log(`${where}: [${item}] ${what.slice(0, 400)}`);
    }
  }

  close() {
    for (const [sort, times] of this.times) {
      if (times > this.repeats) console.log(`${sort}: ${times - this.repeats} times more`);
    }
    if (this.passed + this.failed === 0) {
      console.log("nothing was there to check");
      this.failed = 1;
    }
    console.log(`${this.name}: ${this.passed} passed, ${this.failed} failed`);
    return this.failed ? 1 : 0;
  }
}
