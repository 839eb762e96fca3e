/* ---------------------------------------------------------------- charts */

vega.expressionFunction("si", si);
vega.expressionFunction("tick", tick);

/* Colours are the page's variables, so that dark, light and print need no second drawing. */
var CHART_CONFIG = {
    background: null,
    padding: 4,
    axis: {labelColor: "var(--quiet)", titleColor: "var(--quiet)", gridColor: "var(--grid)", domainColor: "var(--edge)",
           tickColor: "var(--edge)", labelFont: "system-ui, sans-serif", titleFont: "system-ui, sans-serif",
           titleFontWeight: 400, labelFontSize: 12, titleFontSize: 12, labelOverlap: true},
    axisLeft: {labelPadding: 8},
    text: {font: "system-ui, sans-serif", fontSize: 12},
    group: {stroke: null}
};

var views = {};

function showHint(handler, event, item, value) {
    var hint = byId("hint");
    hint.hidden = value === null || value === undefined || value === "";
    if (!hint.hidden) {
        hint.textContent = value;
        var box = hint.getBoundingClientRect();
        var x = Math.min(event.clientX + 14, window.innerWidth - box.width - 8);
        var y = event.clientY + 18 + box.height > window.innerHeight ? event.clientY - box.height - 10
                                                                     : event.clientY + 18;
        hint.style.left = Math.max(8, x) + "px";
        hint.style.top = y + "px";
    }
}

function rowOf(row) {
    return row.row || row.name;
}

/* Draws a spec into the figure of a name, or draws it anew with other data and signals. */
function draw(name, spec, label, signals, tables) {
    var figure = document.querySelector('figure[data-chart="' + name + '"]');
    var place = figure.querySelector(".chart");
    if (!place) {
        place = figure.appendChild(element("div", {"class": "chart"}));
    }
    if (views[name]) {
        views[name].finalize();
    }
    var parsed = JSON.parse(byId("chart-" + spec).textContent);
    parsed.description = label;
    parsed.data.forEach(function (table) {
        if (tables[table.name]) {
            table.values = tables[table.name];
        }
    });
    var view = new vega.View(vega.parse(parsed, CHART_CONFIG), {renderer: "svg"});
    view.tooltip(showHint);
    if (tables.rows && spec !== "pareto") {
        view.signal("row_count", new Set(tables.rows.map(rowOf)).size);
    }
    Object.keys(signals).forEach(function (key) { view.signal(key, signals[key]); });
    views[name] = view;
    view.width(place.clientWidth).initialize(place).hover().run();
}

function fitCharts() {
    Object.keys(views).forEach(function (name) {
        var width = views[name].container().clientWidth;
        if (width > 0 && width !== views[name].width()) {
            views[name].width(width).runAsync();
        }
    });
}

/* Limits of a logarithmic axis that leave room around the values, and at most a handful of decades. */
function logAxis(values) {
    var positive = values.filter(function (value) { return value > 0; });
    if (positive.length === 0) {
        return {limits: [1, 10], ticks: [1, 10]};
    }
    var first = Math.log10(Math.min.apply(null, positive)), last = Math.log10(Math.max.apply(null, positive));
    var room = Math.max(0.15, (last - first) * 0.12);
    var limits = [Math.pow(10, first - room), Math.pow(10, last + room)];
    return {limits: limits, ticks: ticksOf(limits)};
}

function ticksOf(limits) {
    var first = Math.log10(limits[0]), last = Math.log10(limits[1]);
    var wide = last - first, ticks = [];
    var factors = wide > 2.5 ? [1] : wide > 1.2 ? [1, 3] : [1, 2, 5];
    var step = Math.max(1, Math.ceil(wide / 6));
    for (var decade = Math.floor(first); decade <= Math.ceil(last); decade++) {
        factors.forEach(function (factor) {
            var tick = Number((factor + "e" + decade));
            if (decade % step === 0 && tick >= limits[0] * 0.999 && tick <= limits[1] * 1.001) {
                ticks.push(tick);
            }
        });
    }
    return ticks;
}

function legend(name, parts) {
    var figure = document.querySelector('figure[data-chart="' + name + '"]');
    var old = figure.querySelector(".legend");
    if (old) {
        old.remove();
    }
    figure.querySelector("figcaption").after(element("ul", {"class": "legend"}, parts.map(function (part) {
        return element("li", {}, [element("i", {style: "background:" + part[1]}), part[2]]);
    })));
}

/* Parts that take no share anywhere need no colour in the legend. */
function presentParts(parts, rows) {
    return parts.filter(function (part) {
        return rows.some(function (row) { return row.part === part[2] && row.value > 0; });
    });
}

/* ---------------------------------------------------------------- designs */

var DESIGN_COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#999999", "#8b5a2b"];

function drawDots(name, unit, rows, figure, label) {
    var axis = logAxis(rows.map(figure));
    var drawn = rows.map(function (row) {
        return {name: row.name, value: figure(row), color: DESIGN_COLORS[row.index % DESIGN_COLORS.length]};
    }).filter(function (row) { return row.value > 0; });
    draw(name, "dots", label, {unit: unit, limits: axis.limits, ticks: axis.ticks}, {rows: drawn});
}

function drawDesigns() {
    var rows = designRows();
    rows.forEach(function (row) { row.color = DESIGN_COLORS[row.index % DESIGN_COLORS.length]; });
    drawDots("latency", "s", rows, function (row) { return row.latency; }, "Latency of each design");
    drawDots("energy", "J", rows, function (row) { return row.energy; }, "Energy of one item on each design");
    var shown = rows.filter(function (row) { return row.latency > 0 && row.energy > 0; });
    var front = frontOf(shown);
    var x = logAxis(shown.map(function (row) { return row.latency; }));
    var y = logAxis(shown.map(function (row) { return row.energy; }));
    /* Among many designs only those of the front are named; the others have a hint. */
    shown.forEach(function (row) { row.label = shown.length <= 12 || front.indexOf(row) >= 0 ? row.name : ""; });
    byId("pareto-note").textContent = front.length === 1 ? front[0].name + " beats the others on both"
                                                         : "the line joins designs that none beats on both";
    draw("pareto", "pareto", "Latency against energy of each design, with the Pareto front",
         {x_limits: x.limits, y_limits: y.limits, x_ticks: x.ticks, y_ticks: y.ticks}, {rows: shown, front: front});
}

function drawParts() {
    var time = designTime(), energy = designEnergy();
    legend("design-time", presentParts(TIME_PARTS, time));
    legend("design-energy", presentParts(ENERGY_PARTS, energy));
    draw("design-time", "stack", "Time of each design by what it went to", {shares: true}, {rows: time});
    draw("design-energy", "stack", "Energy of each design by what it went to", {shares: true}, {rows: energy});
}

/* ---------------------------------------------------------------- one design */

function boundColor(bound) {
    var part = TIME_PARTS.filter(function (each) { return each[0] === bound; })[0];
    return part ? part[1] : "#999999";
}

function rooflineNote(result, roof) {
    var without = result.layers.length - roof.points.length;
    var inside = roof.points.filter(function (point) { return point.intensity === null; }).length;
    var notes = ["a point a layer, its size the time, its colour what bounds it"];
    if (without) {
        notes.push(without + " layers without multiply-accumulates are left out");
    }
    if (inside) {
        notes.push(inside + " that touch no DRAM stand at the right edge");
    }
    return notes.join("; ");
}

function drawRoofline(result) {
    var roof = rooflineOf(result);
    var floating = /^(fp|bf|tf)/.test(result.workload.precision);
    var unit = floating ? "FLOPS" : "OPS";
    roof.points.forEach(function (point) {
        point.color = boundColor(point.bound);
        point.hint = point.name + " (" + point.op + ")\n" + si(point.tflops * 1e12, unit) + ", " + si(point.time, "s") +
            "\n" + (point.intensity ? plain(point.intensity) + " operations a byte" : "no DRAM traffic") +
            "\nbound by " + point.bound;
    });
    /* Large points first, so that small ones stay on top. */
    roof.points.sort(function (a, b) { return b.time - a.time; });
    var labels = [{x: roof.x[1], y: result.arch.peak_tflops, dx: -4, align: "right",
                   text: "peak " + si(result.arch.peak_tflops * 1e12, unit)}];
    if (roof.bandwidth > 0) {
        var slope = roof.lines[2];
        labels.push({x: slope.x, y: slope.y, dx: 44, align: "left", text: "DRAM " + si(roof.bandwidth * 1e12, "B/s")});
    }
    byId("roofline-note").textContent = rooflineNote(result, roof);
    var bounds = roof.points.map(function (point) { return point.bound; });
    legend("roofline", TIME_PARTS.filter(function (part) { return bounds.indexOf(part[0]) >= 0; }));
    draw("roofline", "roofline", "Roofline of " + result.arch.name,
         {x_limits: roof.x, y_limits: roof.y, x_ticks: ticksOf(roof.x), y_ticks: ticksOf(roof.y), rate_unit: unit},
         {points: roof.points, ceilings: roof.lines, labels: labels});
}

function layerNote(result, figure) {
    var shown = largestLayers(result, figure), all = 0, sum = 0;
    result.layers.forEach(function (layer) { all += figure(layer); });
    shown.forEach(function (each) { sum += figure(each.layer); });
    return shown.length < result.layers.length
        ? "the " + shown.length + " largest of " + result.layers.length + ", " + percent(all ? sum / all : 0) +
          " of the whole, as they run"
        : "as they run";
}

function drawLayers(result) {
    function time(layer) { return layer.latency_s; }
    function energy(layer) { return layer.energy_j.total; }
    var timeRows = layerRows(result, TIME_PARTS, "time_breakdown", time, time);
    var energyRows = layerRows(result, ENERGY_PARTS, "energy_j", energy, function () { return 1; });
    byId("layer-time-note").textContent = layerNote(result, time);
    byId("layer-energy-note").textContent = layerNote(result, energy);
    legend("layer-time", presentParts(TIME_PARTS, timeRows));
    legend("layer-energy", presentParts(ENERGY_PARTS, energyRows));
    draw("layer-time", "stack", "Time of the longest layers", {unit: "s", shares: false, row_height: 20},
         {rows: timeRows});
    draw("layer-energy", "stack", "Energy of the layers that need most", {unit: "J", shares: false, row_height: 20},
         {rows: energyRows});
}
