// Draws docs/images/dashboard-*.svg: one picture a dashboard, of the data of its panels. The argument is
// the folder to which the integration test has written the data. docs/testing.md says how to run it.
//
// It stands in for Kibana: place, title, kind and colors of a panel are those of the dashboard, the
// rest is not.
import fs from 'node:fs';
import path from 'node:path';
import { compile } from 'vega-lite';
import * as vega from 'vega';

const data = process.argv[2];
const images = path.join(import.meta.dirname, '..', '..', 'docs', 'images');

// Kibana's grid has 48 columns. Its rows are 20 pixels high.
const cell = { w: 26, h: 21 }, gap = 4, titleHeight = 26, line = 21;
const palette = ['#54b399', '#6092c0', '#d36086', '#9170b8', '#ca8eae', '#d6bf57', '#b9a888', '#da8b45', '#aa6556', '#e7664c'];
const font = 'DejaVu Sans, Verdana, sans-serif';

const escape = (text) => String(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

function write(text, x, y, { size = 12, weight = 'normal', color = '#343741', anchor = 'start' } = {}) {
  return `<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${color}" text-anchor="${anchor}">${escape(text)}</text>`;
}

// fit cuts a text to a width in pixels.
function fit(text, width, size = 12) {
  const characters = Math.max(1, Math.floor(width / (size * 0.59)));
  return text.length > characters ? text.slice(0, characters - 1) + '…' : text;
}

// durations are fields with a number of seconds that fields.yml formats as a duration.
const durations = ['onepassword.collection.lag_seconds'];

// show returns a value of a field as Kibana would.
function show(value, field) {
  if (value === null || value === undefined) return '–';
  if (durations.includes(field)) return value < 5400 ? `${Math.round(value / 60)} minutes` : `${Math.round(value / 3600)} hours`;
  if (typeof value === 'number') return value.toLocaleString('en-US');
  const time = /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d)/.exec(value);
  if (time) {
    const month = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][time[2] - 1];
    return `${month} ${Number(time[3])}, ${time[4]}`;
  }
  return String(value);
}

function table(panel, width, height) {
  const columns = panel.columns.map((column) => {
    const texts = panel.rows.slice(0, 12).map((row) => show(row[column.ID], column.Field));
    const longest = Math.max(column.Label.length, ...texts.map((text) => Math.min(text.length, column.Label === 'message' ? 105 : 46)));
    const right = panel.type === 'lens' && column.DataType === 'number';
    return { column, texts, need: longest * 7.1 + 14, right };
  });
  // Numbers and times keep their width. Text gets the rest. Without enough room, UUIDs get shorter first.
  const isText = (c) => c.column.DataType === 'string' && c.column.Label !== '@timestamp';
  const sum = (list) => list.reduce((total, c) => total + c.need, 0);
  const room = width - 2 * gap - sum(columns.filter((c) => !isText(c)));
  const uuids = columns.filter((c) => c.texts.every((value) => /^(–|\(missing value\)|[a-z2-7]{26})$/i.test(value)) && isText(c));
  const missing = Math.max(0, sum(columns.filter(isText)) - room) / uuids.length;
  for (const c of uuids) c.need = Math.max(100, c.need - missing);
  const text = sum(columns.filter(isText));
  const visible = Math.min(panel.rows.length, Math.floor((height - line) / line));
  let x = gap * 2, out = '';
  for (const c of columns) {
    const w = isText(c) ? c.need * Math.min(1.4, room / text) : c.need;
    const at = c.right ? x + w - 14 : x, anchor = c.right ? 'end' : 'start';
    out += write(fit(c.column.Label, w - 8), at, 14, { weight: 'bold', anchor });
    for (let i = 0; i < visible; i++) {
      out += write(fit(c.texts[i] ?? show(panel.rows[i][c.column.ID], c.column.Field), w - 8), at, 14 + (i + 1) * line, { anchor });
    }
    x += w;
  }
  for (let i = 1; i <= visible; i++) {
    out += `<path d="M${gap} ${line * i - 2}H${width - gap}" stroke="#e3e8f2"/>`;
  }
  return out;
}

function metric(panel, width, height) {
  const column = panel.columns[0];
  const text = show(panel.rows[0][column.ID]);
  const size = text.length > 8 ? 22 : 38;
  return write(text, width - 14, height - 16, { size, weight: 'bold', anchor: 'end' }) +
    write(column.Label, 10, 12, { size: 11, color: '#69707d' });
}

// Vega-Lite draws what has axes.
async function chart(panel, width, height, spec) {
  const ids = Object.fromEntries(panel.columns.map((column, i) => [column.ID, `c${i}`]));
  const values = panel.rows.map((row) => Object.fromEntries(Object.entries(row).map(([id, v]) => [ids[id], v])));
  const full = {
    ...spec(ids), data: { values }, width: width - 2 * gap, height: height - 2 * gap, background: null,
    autosize: { type: 'fit', contains: 'padding' }, padding: 2,
    config: { font, view: { stroke: null }, axis: { labelFontSize: 11, title: null, labelLimit: 300 }, legend: { title: null, labelFontSize: 11, labelLimit: 240 } },
  };
  const view = new vega.View(vega.parse(compile(full).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  return svg.replace(/^<svg/, `<svg x="${gap}" y="0"`).replace(/ xmlns(:xlink)?="[^"]*"/g, '');
}

function bars(panel, width, height) {
  const layer = panel.state.layers[0];
  const assigned = Object.fromEntries((layer.colorMapping.assignments ?? []).map((a) => [a.rule.values[0], a.color.colorCode]));
  const names = [...new Set(panel.rows.map((row) => row[layer.splitAccessor]))];
  const free = palette.filter((color) => !Object.values(assigned).includes(color));
  const range = names.map((name) => assigned[name] ?? free.shift());
  // Without a canvas, Vega takes texts for wider than they are.
  const columns = Math.max(1, Math.floor((width - 40) / (Math.max(...names.map((name) => name.length)) * 9 + 25)));
  const hours = new Set(panel.rows.map((row) => row[layer.xAccessor].slice(11, 13))).size > 1 ? 3 : 24;
  return chart(panel, width, height, (ids) => ({
    mark: { type: 'bar', width: Math.max(2, (width - 60) / (8 * 24 / hours) - 1) },
    encoding: {
      x: { field: ids[layer.xAccessor], type: 'temporal', scale: { type: 'utc', domain: [panel.from, panel.to] }, axis: { format: '%b %-d', grid: false, tickCount: 'day' } },
      y: { field: ids[layer.accessors[0]], type: 'quantitative', stack: true },
      color: { field: ids[layer.splitAccessor], type: 'nominal', scale: { domain: names, range }, legend: { orient: 'bottom', columns } },
    },
  }));
}

function heatmap(panel, width, height) {
  const { xAccessor, yAccessor, valueAccessor } = panel.state;
  const time = panel.columns.find((column) => column.ID === xAccessor).DataType === 'date';
  const ys = [...new Set(panel.rows.map((row) => row[yAccessor]))];
  const top = Math.max(...panel.rows.map((row) => row[valueAccessor]));
  return chart(panel, width, height, (ids) => {
    const value = { field: ids[valueAccessor], type: 'quantitative' };
    const x = time
      ? { field: ids[xAccessor], type: 'ordinal', timeUnit: 'utcyearmonthdate', axis: { format: '%b %-d', labelAngle: 0 } }
      : { field: ids[xAccessor], type: 'nominal', sort: null, axis: { labelAngle: -30 } };
    const encoding = { x, y: { field: ids[yAccessor], type: 'nominal', sort: ys } };
    return {
      encoding,
      layer: [
        { mark: { type: 'rect', stroke: 'white' }, encoding: { color: { ...value, scale: { range: ['#e8f1f8', '#2c6ca0'] }, legend: null } } },
        { mark: { type: 'text', fontSize: 11 }, encoding: { text: value, color: { condition: { test: `datum.${ids[valueAccessor]} > ${top / 2}`, value: 'white' }, value: '#343741' } } },
      ],
    };
  });
}

async function draw(panel) {
  const x = panel.grid.X * cell.w + gap, y = panel.grid.Y * cell.h + gap;
  const width = panel.grid.W * cell.w - 2 * gap, height = panel.grid.H * cell.h - 2 * gap;
  const inner = height - titleHeight;
  let content;
  switch (panel.visualization) {
    case 'lnsMetric': content = metric(panel, width, inner); break;
    case 'lnsXY': content = await bars(panel, width, inner); break;
    case 'lnsHeatmap': content = await heatmap(panel, width, inner); break;
    default: content = table(panel, width, inner);
  }
  return `<g transform="translate(${x} ${y})"><rect width="${width}" height="${height}" rx="5" fill="white" stroke="#d3dae6"/>` +
    write(fit(panel.title, width - 12, 12.5), 9, 18, { size: 12.5, weight: 'bold' }) +
    `<g transform="translate(0 ${titleHeight})">${content}</g></g>`;
}

fs.mkdirSync(images, { recursive: true });
const panels = fs.readdirSync(data).filter((file) => file.endsWith('.json')).sort()
  .map((file) => ({ name: file.split('.')[0], ...JSON.parse(fs.readFileSync(path.join(data, file), 'utf8')) }));
for (const name of new Set(panels.map((panel) => panel.name))) {
  const own = panels.filter((panel) => panel.name === name);
  const top = Math.min(...own.map((panel) => panel.grid.Y)); // links have no picture
  for (const panel of own) panel.grid.Y -= top;
  const height = Math.max(...own.map((panel) => panel.grid.Y + panel.grid.H)) * cell.h + gap;
  const width = 48 * cell.w;
  let body = '';
  for (const panel of own) body += await draw(panel);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" font-family="${font}">` +
    `<title>${escape(own[0].dashboard)}</title><rect width="100%" height="100%" fill="#f6f9fc"/>${body}</svg>\n`;
  fs.writeFileSync(path.join(images, `dashboard-${name}.svg`), svg);
}
