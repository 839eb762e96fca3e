/* Two metrics of every point against each other, with the front of those that none beats on both. */
var tradeoff = {x: "latency_s", y: "energy_each_j", color: "machine", slice: {}};

/* Work is held: what is done to another network is no trade against this one. */
var HELD_WORK = ["network", "mode"];

function freeAxes() {
    return drawnAxes.map(function (axis) { return axis.key; }).filter(function (key) {
        return HELD_WORK.indexOf(key) < 0;
    });
}

function hasTradeoff() {
    return POINTS - errorOf.size > 1 && metrics.length > 1;
}

/* An axis of a metric: logarithmic where the values spread, and shares never. */
function scaleOf(metric, values) {
    if (values.length === 0) {
        return {kind: {type: "linear", zero: false}, limits: [0, 1], ticks: null};
    }
    var low = least(values), high = greatest(values);
    var log = low > 0 && (high / low > 3 || metric.show === "si");
    if (log) {
        return Object.assign({kind: {type: "log", zero: false}}, logAxis(values));
    }
    var room = (high - low || Math.abs(high) || 1) * 0.08;
    return {kind: {type: "linear", zero: false, nice: false}, limits: [low - room, high + room], ticks: null};
}

/* Of points that would cover each other one is drawn, so that ten thousand stay quick: a grid of 3 pixels, in which
 * the front comes first. Each knows how many it stands for. */
function thin(rows, x, y, width, height) {
    function place(axis, value) {
        var limits = axis.kind.type === "log" ? axis.limits.map(Math.log) : axis.limits;
        return ((axis.kind.type === "log" ? Math.log(value) : value) - limits[0]) / (limits[1] - limits[0]);
    }
    var cells = new Map(), many = rows.length > MANY_POINTS;
    rows.forEach(function (row) {
        row.px = place(x, row.x) * width;
        row.py = (1 - place(y, row.y)) * height;
        var cell = Math.round(row.px / 3) + " " + Math.round(row.py / 3) + " " + (many ? "" : row.color);
        if (!cells.has(cell)) {
            cells.set(cell, row);
        } else {
            cells.get(cell).covers++;
        }
    });
    return Array.from(cells.values());
}

/* Names only where they do not run into each other or into a dot. */
function placeNames(rows, width) {
    var taken = rows.map(function (row) {
        return {left: row.px - 6, right: row.px + 6, top: row.py - 6, bottom: row.py + 6, of: row};
    });
    rows.forEach(function (row) {
        var long = row.name.length * 6.6, left = row.px > width * 0.6;
        var box = {left: left ? row.px - 10 - long : row.px + 10, right: left ? row.px - 10 : row.px + 10 + long,
                   top: row.py - 20, bottom: row.py - 4, of: row};
        var free = long < MOST_NAME && box.left > 0 && box.right < width && taken.every(function (other) {
            return other.of === row || other.left > box.right || other.right < box.left || other.top > box.bottom ||
                other.bottom < box.top;
        });
        row.label = free ? row.name : "";
        if (free) {
            taken.push(box);
        }
    });
}

function tradeoffNote(front, rows, drawn, x, y) {
    function best(metric, words) { return words[metric.best === "min" ? 0 : 1]; }
    if (rows.length === 0) {
        return "no point has these values";
    }
    var notes = [front.length === 1 ? "one point beats the others on both"
                                    : "the line joins the " + front.length + " points that none beats on both"];
    notes.push("better is " + best(y, ["down", "up"]) + " and " + best(x, ["left", "right"]));
    if (drawn.length < rows.length) {
        notes.push(rows.length.toLocaleString("en") + " points as " + drawn.length.toLocaleString("en") +
            " dots, as those that cover each other are drawn once");
    }
    return notes.join("; ");
}

var MANY_POINTS = 2000, MOST_NAME = 300, TRADEOFF_HEIGHT = 340, NAMED_POINTS = 14, NAMED_FRONT = 10;

function drawTradeoff() {
    var x = metricOf(tradeoff.x) || metrics[0], y = metricOf(tradeoff.y) || metrics[1];
    var color = axisOf(tradeoff.color) || drawnAxes[0];
    var held = heldAxes(tradeoff.slice, freeAxes()).map(function (axis) { return axis.key; });
    var good = slicePoints(tradeoff.slice, freeAxes()).filter(function (point) { return x.values[point] !== null; });
    var front = frontOf(good, x, y), isFront = new Set(front);
    var rows = front.concat(good.filter(function (point) { return !isFront.has(point); })).map(function (point) {
        return {point: point, name: pointName(point, held), x: x.values[point], y: y.values[point], covers: 0,
                color: color ? axisColor(color, color.at[point]) : seriesColor(0), at: color ? color.at[point] : 0,
                front: isFront.has(point)};
    });
    var xs = scaleOf(x, rows.map(function (row) { return row.x; }));
    var ys = scaleOf(y, rows.map(function (row) { return row.y; }));
    var width = Math.max(200, widthOf("tradeoff") - 80), drawn = thin(rows, xs, ys, width, TRADEOFF_HEIGHT);
    var named = drawn.length <= NAMED_POINTS ? drawn : drawn.filter(function (row) { return row.front; });
    placeNames(named.length <= NAMED_FRONT || named === drawn ? named : [], width);
    drawn.forEach(function (row) {
        row.hint = pointHint(row.point, [x, y]) + (row.front ? "\non the front" : "") +
            (row.covers ? "\n" + row.covers + " more here" : "");
    });
    /* Those of the front are drawn last, on top. */
    drawn.reverse();
    note("tradeoff", tradeoffNote(front, rows, drawn, x, y));
    legend("tradeoff", color ? axisLegend(color, distinct(rows.map(function (row) { return row.at; }))) : []);
    var line = rows.filter(function (row) { return row.front; }).sort(function (a, b) { return a.x - b.x; });
    draw("tradeoff", "tradeoff", x.title + " against " + y.title + " of each point, with the Pareto front",
         {height: TRADEOFF_HEIGHT, x_limits: xs.limits, y_limits: ys.limits, x_ticks: xs.ticks, y_ticks: ys.ticks,
          x_title: titled(x), y_title: titled(y), x_show: x.show, y_show: y.show, x_unit: x.unit, y_unit: y.unit,
          dot: drawn.length > 600 ? 14 : drawn.length > 60 ? 40 : 110,
          step: x.best === "min" ? "step-after" : "step-before"},
         {rows: drawn, front: line, named: drawn.filter(function (row) { return row.label; })},
         {x: xs.kind, y: ys.kind}, function (row) { pickPoint(row.point); });
}

function chooseTradeoff() {
    var place = chooserPlace("tradeoff");
    place.replaceChildren();
    function set(key) {
        return function (value) {
            tradeoff[key] = value;
            drawTradeoff();
        };
    }
    chooser(place, "across", metricChoices(), tradeoff.x, set("x"));
    chooser(place, "upwards", metricChoices(), tradeoff.y, set("y"));
    if (drawnAxes.length > 1) {
        tradeoff.color = axisOf(tradeoff.color) ? tradeoff.color : freeAxes()[0] || drawnAxes[0].key;
        chooser(place, "colour", axisChoices(drawnAxes), tradeoff.color, set("color"));
    }
    sliceChoosers(place, tradeoff.slice, freeAxes(), drawTradeoff);
}

function startTradeoff() {
    chooseTradeoff();
    drawTradeoff();
}
