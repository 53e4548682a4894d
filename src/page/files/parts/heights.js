// Heights of rows that wrap: estimated first, measured when they are drawn. Sums are kept per block, so that 400,000 rows stay fast.

const BLOCK = 256;

/** Heights of rows from 0 on. */
export class Heights {
  /** @param {(index: number) => number} estimate */
  constructor(estimate) {
    this.estimate = estimate;
    /** @type {number[]} */
    this.rows = [];
    /** @type {number[]} */
    this.blocks = [];
    this.total = 0;
  }

  /** Makes room for `count` rows. @param {number} count */
  grow(count) {
    for (let i = this.rows.length; i < count; i += 1) {
      this.rows.push(0);
      this.set(i, this.estimate(i));
    }
  }

  /** @param {number} index @param {number} height @returns {number} by how much it differs from before */
  set(index, height) {
    const change = height - this.rows[index];
    if (!change) return 0;
    this.rows[index] = height;
    const block = Math.floor(index / BLOCK);
    this.blocks[block] = (this.blocks[block] ?? 0) + change;
    this.total += change;
    return change;
  }

  /** Where a row begins. @param {number} index */
  top(index) {
    const block = Math.floor(index / BLOCK);
    let sum = 0;
    for (let i = 0; i < block; i += 1) sum += this.blocks[i];
    for (let i = block * BLOCK; i < index; i += 1) sum += this.rows[i];
    return sum;
  }

  /** The row at a place. @param {number} y */
  at(y) {
    let sum = 0;
    let block = 0;
    while (block < this.blocks.length - 1 && sum + this.blocks[block] <= y) { sum += this.blocks[block]; block += 1; }
    let index = block * BLOCK;
    while (index < this.rows.length - 1 && sum + this.rows[index] <= y) { sum += this.rows[index]; index += 1; }
    return index;
  }
}
