/* What the page does: draws a view, and follows the mouse, the keyboard and its own address. All
 * state is in the address (#view=callers&zoom=main;read&search=^str), so that it can be sent on. */

const ROW = 19, FONT = '12px ui-monospace, Menlo, Consolas, monospace', MAX_ROWS = 800;
const element = id => document.getElementById(id);
const data = JSON.parse(element('data').textContent);
const stacks = new Stacks(data);
const views = {callees: new View(stacks, false), callers: new View(stacks, true)};
const canvas = element('graph'), pen = canvas.getContext('2d');
const state = {view: 'callees', zoom: [], search: '', colour: 'package', flip: false, select: null};
let zoomed = null;   // the node that is as wide as the graph
let selected = null; // the node that the keyboard is at
let hovered = null;  // the node under the mouse
let layout = {rows: [], cut: false};
let matches = null;  // by frame, or null

// ---- values

const TIME = [['hrs', 3600e9], ['mins', 60e9], ['s', 1e9], ['ms', 1e6], ['us', 1e3], ['ns', 1]];
const BYTES = [['PB', 2 ** 50], ['TB', 2 ** 40], ['GB', 2 ** 30], ['MB', 2 ** 20], ['kB', 1024], ['B', 1]];
const UNITS = {
  nanoseconds: [TIME, 1], ns: [TIME, 1], microseconds: [TIME, 1e3], us: [TIME, 1e3],
  milliseconds: [TIME, 1e6], ms: [TIME, 1e6], seconds: [TIME, 1e9], s: [TIME, 1e9],
  bytes: [BYTES, 1], byte: [BYTES, 1], b: [BYTES, 1], kilobytes: [BYTES, 1024], kb: [BYTES, 1024],
};

function formatValue(value) {
  const known = UNITS[data.unit.toLowerCase()];
  if (value === 0) return '0';
  if (!known) return `${value}` + (data.unit && data.unit !== 'count' ? ` ${data.unit}` : '');
  const [units, factor] = known, base = value * factor;
  const [name, size] = units.find(([, of]) => Math.abs(base) >= of) ?? units.at(-1);
  return (base / size).toFixed(2).replace(/\.?0+$/, '') + name;
}

function formatPercent(part, whole) {
  return whole ? (100 * part / whole).toFixed(2) + '%' : '0%';
}

const formatDelta = delta => (delta > 0 ? '+' : '') + formatValue(delta);

/* The value of a node, where two profiles are compared with what it was. */
function formatNode(node) {
  const delta = node.value - node.base;
  if (data.diff === 'base') return `${formatValue(node.base)} → ${formatValue(node.value)} (${formatDelta(delta)})`;
  if (data.diff === 'difference') return `${formatDelta(delta)}: ${formatValue(node.value)} more, ${formatValue(node.base)} less`;
  return formatValue(node.value);
}

// ---- colours

function diffColour(base, value) {
  const greater = Math.max(base, value);
  const share = greater > 0 ? Math.abs(value - base) / greater : 0;
  if (share < 0.005) return 'hsl(0 0% 88%)';
  return `hsl(${value > base ? 4 : 130} 75% ${92 - 38 * share}%)`;
}

function colourOf(node) {
  if (node.frame < 0) return 'hsl(0 0% 85%)';
  if (data.diff) return diffColour(node.base, node.value);
  return `hsl(${data.hues[stacks.group(node.frame, state.colour)]} 65% ${node.frame % 2 ? 72 : 76}%)`;
}

/* The packages or libraries that most stacks end in. */
function showLegend() {
  const legend = element('legend');
  const entry = (colour, text) => {
    const li = document.createElement('li'), box = document.createElement('i');
    box.style.background = colour;
    li.append(box, text);
    return li;
  };
  legend.replaceChildren();
  if (data.diff) {
    legend.append(entry(diffColour(0, 1), 'more'), entry(diffColour(1, 0), 'less'), entry(diffColour(1, 1), 'as before'),
      'The deeper the colour, the greater the share that changed.');
    return;
  }
  const sums = new Map();
  for (let i = 1; i < stacks.n; i++) {
    const group = stacks.group(stacks.frame[i], state.colour);
    if (stacks.width[i]) sums.set(group, (sums.get(group) ?? 0) + stacks.width[i]);
  }
  for (const [group, sum] of [...sums].sort((a, b) => b[1] - a[1]).slice(0, 10)) {
    const name = data.groups[group] || '(unknown)';
    legend.append(entry(`hsl(${data.hues[group]} 65% 74%)`, `${name} ${formatPercent(sum, stacks.sums.width[0])}`));
  }
}

// ---- drawing

const view = () => views[state.view];
const rowTop = depth => (state.flip ? layout.rows.length - 1 - depth : depth) * ROW;

function drawText(text, x, y, width) {
  const room = Math.floor((width - 6) / drawText.character);
  if (room < 3) return;
  pen.fillText(text.length <= room ? text : text.slice(0, room - 1) + '…', x + 3, y);
}

function drawBox(box, depth) {
  const {node, x} = box, y = rowTop(depth), width = Math.max(box.width - 0.5, 0.5);
  pen.globalAlpha = node && depth < zoomed.depth ? 0.55 : 1;
  if (!node) {
    pen.fillStyle = 'hsl(0 0% 60% / 35%)';
    pen.fillRect(x, y, width, ROW - 1);
    return;
  }
  const hit = matches && node.frame >= 0 && matches[node.frame];
  pen.fillStyle = hit ? '#f0f' : colourOf(node);
  pen.fillRect(x, y, width, ROW - 1);
  if (node === selected || node === hovered) {
    pen.strokeStyle = node === selected ? '#36c' : '#000';
    pen.lineWidth = node === selected ? 2.5 : 1;
    pen.strokeRect(x + 0.5, y + 0.5, Math.max(width - 1, 1), ROW - 2);
  }
  pen.fillStyle = hit ? '#fff' : '#111';
  drawText(stacks.title(node.frame) + (node.inlined && node.frame >= 0 ? ' (inline)' : ''), x, y + 13, width);
}

function draw() {
  const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth, height = layout.rows.length * ROW;
  canvas.style.height = `${height}px`;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = FONT;
  drawText.character ??= pen.measureText('MMMMMMMMMM').width / 10;
  layout.rows.forEach((row, depth) => row.forEach(box => drawBox(box, depth)));
}

function boxAt(x, y) {
  const at = Math.floor(y / ROW), depth = state.flip ? layout.rows.length - 1 - at : at;
  return layout.rows[depth]?.find(box => x >= box.x && x < box.x + box.width);
}

const boxOf = node => layout.rows[node.depth]?.find(box => box.node === node);

// ---- what a frame is

function describe(node) {
  const total = view().root.width, lines = [formatNode(node)];
  const {frame} = node;
  lines.push(`${formatPercent(node.width, total)} of all` +
    (node.parent ? `, ${formatPercent(node.width, node.parent.width)} of ${stacks.title(node.parent.frame)}` : ''));
  if (frame >= 0) {
    if (!data.diff && node.self) lines.push(`${formatValue(node.self)} in itself`);
    if (node.inlined) lines.push('inlined');
    if (stacks.file(frame)) lines.push(stacks.file(frame));
    const library = data.groups[stacks.group(frame, 'library')], group = data.groups[stacks.group(frame, 'package')];
    if (library) lines.push(`in ${library}`);
    if (group && group !== library) lines.push(`package ${group}`);
  }
  return lines.join('\n');
}

function showFrame(node, x, y) {
  const box = element('frame'), title = document.createElement('b');
  box.hidden = !node;
  if (!node) return;
  title.textContent = stacks.title(node.frame);
  box.replaceChildren(title, '\n' + describe(node));
  const {width, height} = box.getBoundingClientRect();
  box.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - width - 8))}px`;
  box.style.top = `${y + 22 + height > innerHeight ? Math.max(4, y - height - 10) : y + 18}px`;
}

function showSelected() {
  const box = selected && boxOf(selected);
  if (!box) return showFrame(null);
  const at = canvas.getBoundingClientRect(), y = at.top + rowTop(selected.depth);
  if (y < element('legend').getBoundingClientRect().bottom || y > innerHeight - 140) {
    window.scrollBy(0, y - innerHeight / 2);
  }
  showFrame(selected, at.left + box.x, canvas.getBoundingClientRect().top + rowTop(selected.depth));
}

// ---- state

function compile(search) {
  if (!search) return null;
  const pattern = new RegExp(search), byTitle = data.strings.map(text => pattern.test(text));
  return Uint8Array.from(data.frames.title, title => byTitle[title]);
}

function showMatches() {
  const input = element('search');
  input.classList.remove('wrong');
  matches = null;
  let text = '';
  try {
    matches = compile(state.search);
  } catch (error) {
    input.classList.add('wrong');
    text = error.message;
  }
  if (matches) text = `${formatPercent(view().matched(zoomed, matches), zoomed.width)} matched`;
  element('matched').textContent = text;
}

/* Shows what `state` says. */
function render() {
  const callers = state.view === 'callers';
  zoomed = view().find(state.zoom);
  selected = state.select ? view().find(state.select) : null;
  hovered = null;
  layout = layOut(view(), zoomed, canvas.clientWidth, MAX_ROWS);
  showMatches();
  for (const [id, on] of [['invert', callers], ['flip', state.flip]]) element(id).setAttribute('aria-pressed', on);
  element('colour').value = state.colour;
  if (document.activeElement !== element('search')) element('search').value = state.search;
  element('cut').hidden = !layout.cut;
  element('cut').textContent = `Rows below the ${MAX_ROWS}th are not drawn: zoom in to see them.`;
  showLegend();
  draw();
  showSelected();
}

const packPath = path => path.map(encodeURIComponent).join(';');
const unpackPath = text => text ? text.split(';').map(decodeURIComponent) : [];

function toHash() {
  const parts = [];
  if (state.view !== 'callees') parts.push(`view=${state.view}`);
  if (state.zoom.length) parts.push(`zoom=${packPath(state.zoom)}`);
  if (state.search) parts.push(`search=${encodeURIComponent(state.search)}`);
  if (state.colour !== 'package') parts.push(`colour=${state.colour}`);
  if (state.flip) parts.push('flip=1');
  if (state.select) parts.push(`select=${packPath(state.select)}`);
  return '#' + parts.join('&');
}

function fromHash() {
  const given = new Map(location.hash.slice(1).split('&').map(part => {
    const at = part.indexOf('=');
    return at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
  }));
  try {
    state.view = given.get('view') === 'callers' ? 'callers' : 'callees';
    state.zoom = unpackPath(given.get('zoom'));
    state.search = decodeURIComponent(given.get('search') ?? '');
    state.colour = given.get('colour') === 'library' ? 'library' : 'package';
    state.flip = given.get('flip') === '1';
    state.select = given.has('select') ? unpackPath(given.get('select')) : null;
  } catch {
    // An address cut in the middle of an escape: what was read so far is shown.
  }
}

/* Changes state; `step`: so that the browser's Back undoes it. */
function change(what, step) {
  Object.assign(state, what);
  try {
    history[step ? 'pushState' : 'replaceState'](null, '', toHash());
  } catch {
    // Some browsers let no page from a file have an address of its own.
  }
  render();
}

const zoomTo = node => change({zoom: view().path(node)}, true);
const zoomOut = () => zoomed.parent && zoomTo(zoomed.parent);
const invert = () => change({view: state.view === 'callers' ? 'callees' : 'callers', zoom: [], select: null}, true);
const flip = () => change({flip: !state.flip});
const recolour = () => change({colour: state.colour === 'package' ? 'library' : 'package'});
const reset = () => change({zoom: [], select: null}, true);

function toggleHelp() {
  const hidden = element('help').hidden = !element('help').hidden;
  element('keys').setAttribute('aria-expanded', !hidden);
}

// ---- the keyboard

/* The box beside, above or below the selected one; the zoomed one to begin with. */
function neighbour(key) {
  const down = state.flip ? 'ArrowUp' : 'ArrowDown';
  if (!selected || !boxOf(selected)) return zoomed;
  if (key === 'ArrowUp' || key === 'ArrowDown') {
    if (key !== down) return selected.parent ?? selected;
    const below = view().children(selected).filter(boxOf);
    return below.length ? below.reduce((a, b) => b.width > a.width ? b : a) : selected;
  }
  const row = layout.rows[selected.depth].filter(box => box.node);
  const at = row.findIndex(box => box.node === selected) + (key === 'ArrowLeft' ? -1 : 1);
  return row[Math.max(0, Math.min(at, row.length - 1))].node;
}

const KEYS = {
  '/': () => element('search').focus(), '?': toggleHelp, i: invert, f: flip, c: recolour,
  Home: reset, Escape: zoomOut, Backspace: zoomOut,
};
const GRAPH_KEYS = {Enter: () => selected && zoomTo(selected), ' ': () => selected && zoomTo(selected)};
for (const key of ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight']) {
  GRAPH_KEYS[key] = () => change({select: view().path(neighbour(key))});
}

document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const at = event.target;
  if (at === element('search')) {
    if (event.key === 'Escape' || event.key === 'Enter') canvas.focus();
    return;
  }
  const onGraph = at === canvas || at === document.body;
  const action = KEYS[event.key] ?? (onGraph ? GRAPH_KEYS[event.key] : null);
  if (!action || (at === element('colour') && event.key !== '/')) return;
  event.preventDefault();
  action();
});

// ---- the mouse, the controls

canvas.addEventListener('mousemove', event => {
  const node = boxAt(event.offsetX, event.offsetY)?.node ?? null;
  canvas.style.cursor = node ? 'pointer' : 'default';
  if (node !== hovered) {
    hovered = node;
    draw();
  }
  showFrame(node, event.clientX, event.clientY);
});
canvas.addEventListener('mouseleave', () => {
  hovered = null;
  draw();
  showSelected();
});
canvas.addEventListener('click', event => {
  const node = boxAt(event.offsetX, event.offsetY)?.node;
  if (node) zoomTo(node);
});
element('search').addEventListener('input', event => change({search: event.target.value}));
element('invert').addEventListener('click', invert);
element('flip').addEventListener('click', flip);
element('colour').addEventListener('change', event => change({colour: event.target.value}));
element('reset').addEventListener('click', reset);
element('keys').addEventListener('click', toggleHelp);
window.addEventListener('resize', render);
for (const event of ['popstate', 'hashchange']) window.addEventListener(event, () => (fromHash(), render()));

element('title').textContent = data.title || 'profile';
element('summary').textContent = `${data.type}, ${formatNode(views.callees.root)}`;
element('labels').textContent = data.labels.join('\n');
element('colours').hidden = data.diff !== '';
fromHash();
render();
