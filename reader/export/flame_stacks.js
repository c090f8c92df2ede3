'use strict';
/* The stacks of the page, and the trees that are shown of them.
 *
 * Stacks is the tree of call paths as columns, a row for each node, in preorder; row 0 is the root.
 * A View is a tree of what can be seen, whose nodes are made when they are looked at: the call paths
 * as they are, or turned round, from what the stacks end in to its callers. */

class Stacks {
  constructor(data) {
    const n = data.nodes.depth.length + 1;
    this.n = n;
    this.data = data;
    this.depth = new Int32Array(n);
    this.frame = new Int32Array(n).fill(-1);
    this.inlined = new Uint8Array(n);
    this.parent = new Int32Array(n).fill(-1);
    this.end = new Int32Array(n); // the row after the last one below
    this.value = new Float64Array(n);
    this.base = new Float64Array(n);
    this.width = new Float64Array(n); // of stacks that end here; the sums below are of all that pass
    this.read(data);
    this.sums = {value: this.value.slice(), base: this.base.slice(), width: this.width.slice()};
    for (let i = n - 1; i > 0; i--) {
      for (const column of Object.values(this.sums)) column[this.parent[i]] += column[i];
    }
  }

  read({nodes, root}) {
    const path = [0]; // rows from the root to where we are
    [this.value[0], this.base[0]] = root;
    for (let i = 1; i < this.n; i++) {
      const depth = nodes.depth[i - 1];
      for (; path.length > depth; path.pop()) this.end[path.at(-1)] = i;
      this.parent[i] = path.at(-1);
      path.push(i);
      this.depth[i] = depth;
      this.frame[i] = nodes.frame[i - 1] >> 1;
      this.inlined[i] = nodes.frame[i - 1] & 1;
      this.value[i] = nodes.value[i - 1];
      this.base[i] = nodes.base ? nodes.base[i - 1] : 0;
    }
    for (const i of path) this.end[i] = this.n;
    for (let i = 0; i < this.n; i++) this.width[i] = Math.max(Math.abs(this.value[i]), Math.abs(this.base[i]));
  }

  title(frame) {
    return frame < 0 ? 'root' : this.data.strings[this.data.frames.title[frame]];
  }
  file(frame) {
    return frame < 0 ? '' : this.data.strings[this.data.frames.file[frame]];
  }
  /* The number of its package or library. */
  group(frame, by) {
    return this.data.frames[by][frame];
  }
}

/* One box: a frame under what leads to it. `rows` are the rows of Stacks that it stands for; in a
 * view of callers `ends` are the rows that those stacks end at, one for each. */
class ViewNode {
  constructor(parent, frame) {
    this.parent = parent;
    this.frame = frame;
    this.depth = parent ? parent.depth + 1 : 0;
    this.rows = [];
    this.ends = null;
    this.inlined = true;
    this.value = this.base = this.width = this.self = 0;
    this.made = null; // its children, when they have been asked for
  }
}

class View {
  constructor(stacks, callers) {
    this.stacks = stacks;
    this.callers = callers;
    this.root = new ViewNode(null, -1);
    this.root.rows = [0];
    for (const key of ['value', 'base', 'width']) this.root[key] = stacks.sums[key][0];
  }

  children(node) {
    return node.made ??= this.callers ? this.makeCallers(node) : this.makeCallees(node);
  }

  makeCallees(node) {
    const s = this.stacks, made = [];
    const [row] = node.rows;
    for (let i = row + 1; i < s.end[row]; i = s.end[i]) {
      const child = new ViewNode(node, s.frame[i]);
      child.rows.push(i);
      child.inlined = s.inlined[i] === 1;
      for (const key of ['value', 'base', 'width']) child[key] = s.sums[key][i];
      child.self = s.value[i];
      made.push(child);
    }
    return made;
  }

  makeCallers(node) {
    const s = this.stacks, byFrame = new Map();
    const add = (row, end) => {
      if (row <= 0) return;
      let child = byFrame.get(s.frame[row]);
      if (!child) byFrame.set(s.frame[row], child = Object.assign(new ViewNode(node, s.frame[row]), {ends: []}));
      child.rows.push(row);
      child.ends.push(end);
      child.inlined &&= s.inlined[row] === 1;
      for (const key of ['value', 'base', 'width']) child[key] += s[key][end];
    };
    if (node.ends) {
      node.rows.forEach((row, i) => add(s.parent[row], node.ends[i]));
    } else {
      for (let i = 1; i < s.n; i++) if (s.width[i] > 0) add(i, i);
    }
    const made = [...byFrame.values()];
    if (!node.ends) for (const child of made) child.self = child.value;
    return made.sort((a, b) => b.width - a.width || (s.title(a.frame) < s.title(b.frame) ? -1 : 1));
  }

  /* How much of `node`, as width, is in stacks with a frame that matches; a stack counts once. */
  matched(node, frames) {
    const s = this.stacks;
    let sum = 0;
    if (!this.callers) {
      for (let i = node.rows[0]; i < s.end[node.rows[0]];) {
        if (i > 0 && frames[s.frame[i]]) {
          sum += s.sums.width[i];
          i = s.end[i];
        } else {
          i++;
        }
      }
      return sum;
    }
    const hit = new Uint8Array(s.n);
    for (let i = 1; i < s.n; i++) hit[i] = frames[s.frame[i]] | hit[s.parent[i]];
    if (node.ends) node.ends.forEach(end => sum += hit[end] ? s.width[end] : 0);
    else for (let i = 1; i < s.n; i++) sum += hit[i] ? s.width[i] : 0;
    return sum;
  }

  /* The node at the end of a path of titles below the root, as far as there is one. */
  find(titles) {
    let node = this.root;
    for (const title of titles) {
      const next = this.children(node).find(child => this.stacks.title(child.frame) === title);
      if (!next) break;
      node = next;
    }
    return node;
  }

  path(node) {
    const titles = [];
    for (; node.parent; node = node.parent) titles.unshift(this.stacks.title(node.frame));
    return titles;
  }
}

/* Boxes of all rows that are seen when `zoomed` is as wide as the graph: `rows[depth]` is a list of
 * {node, x, width}, from left to right. What is narrower than a pixel is put together with its
 * neighbours: {small: how many, x, width}. */
function layOut(view, zoomed, width, maxRows) {
  const rows = [];
  let cut = false;
  for (let node = zoomed; node; node = node.parent) rows[node.depth] = [{node, x: 0, width}];
  const scale = zoomed.width > 0 ? width / zoomed.width : 0;
  for (const todo = [{node: zoomed, x: 0}]; todo.length > 0;) {
    const {node, x: left} = todo.pop();
    if (node.depth + 1 >= maxRows) {
      cut = true;
      continue;
    }
    const row = [];
    let x = left, small = null;
    for (const child of view.children(node)) {
      const w = child.width * scale;
      if (w >= 1) {
        row.push({node: child, x, width: w});
        todo.push({node: child, x});
        small = null;
      } else {
        if (!small) row.push(small = {small: 0, x, width: 0});
        small.small++;
        small.width += w;
      }
      x += w;
    }
    const drawn = row.filter(box => box.node || box.width >= 1);
    if (drawn.length > 0) (rows[node.depth + 1] ??= []).push(...drawn);
  }
  for (const row of rows) row.sort((a, b) => a.x - b.x);
  return {rows, cut};
}
