/* ---------------------------------------------------------------- points and their axes */

/* Every point by columns: an axis has its values and, for each point, the index of its value. */
var POINTS = data.points.count;
var DEFAULT_TEXTS = {transforms: "none"};
var UNITS = {gbps: "GB/s", mhz: "MHz", kib: "KiB", mib: "MiB", gib: "GiB", w: "W", ns: "ns", pj: "pJ"};

/* "memory.dram.bandwidth_gbps" is "memory.dram.bandwidth" in GB/s. */
function titleOfKey(key) {
    var suffix = /_([a-z]+)$/.exec(key);
    var unit = suffix && key.indexOf(".") >= 0 ? UNITS[suffix[1]] : "";
    return unit ? {title: key.slice(0, suffix.index), unit: unit} : {title: key, unit: ""};
}

function isNumber(text) {
    return text !== null && text !== "" && isFinite(Number(text));
}

/* Values in order: numbers by size, texts as they first came, what is not said first. */
function makeAxis(raw) {
    var used = new Set(raw.at);
    var order = raw.values.map(function (text, index) { return index; })
        .filter(function (index) { return used.has(index); });
    var numeric = order.every(function (index) { return isNumber(raw.values[index]); });
    if (numeric) {
        order.sort(function (a, b) { return Number(raw.values[a]) - Number(raw.values[b]); });
    }
    var place = [];
    order.forEach(function (index, at) { place[index] = at; });
    var name = titleOfKey(raw.key);
    return {key: raw.key, title: name.title, unit: name.unit, numeric: numeric,
            values: order.map(function (index) { return raw.values[index]; }),
            at: raw.at.map(function (index) { return place[index]; })};
}

/* Random samples have a value a point: such an axis is cut into ranges, each as wide as the next. */
var MOST_VALUES = 128, RANGES = Math.max(6, Math.min(24, Math.round(0.85 * Math.sqrt(POINTS))));

/* A range by its middle; one of whole numbers by its first and last. */
function rangeText(numbers, middle, whole) {
    var low = least(numbers), high = greatest(numbers);
    if (!whole || numbers.length === 0) {
        return plain(middle, 3);
    }
    return low === high ? String(low) : low + "\u2013" + high;
}

function rangesOf(axis) {
    var numbers = axis.values.map(Number), first = numbers[0], last = numbers[numbers.length - 1];
    var log = first > 0 && last / first > 30;
    function place(number) {
        return log ? Math.log(number / first) / Math.log(last / first) : (number - first) / (last - first);
    }
    function edge(share) { return log ? first * Math.pow(last / first, share) : first + share * (last - first); }
    var bins = numbers.map(function (number) { return Math.min(RANGES - 1, Math.floor(place(number) * RANGES)); });
    var whole = numbers.every(Number.isInteger), values = [];
    for (var bin = 0; bin < RANGES; bin++) {
        var inside = numbers.filter(function (number, i) { return bins[i] === bin; });
        values.push(rangeText(inside, edge((bin + 0.5) / RANGES), whole));
    }
    return Object.assign({}, axis, {ranges: true, values: values, at: axis.at.map(function (at) { return bins[at]; })});
}

function drawnAxis(axis) {
    return axis.numeric && axis.values.length > (isSample ? RANGES : MOST_VALUES) ? rangesOf(axis) : axis;
}

/* Each machine at its own precision: that is no choice of its own. */
function followsMachine(axis, machine) {
    var seen = [];
    return axis.key === "precision" && machine.at.every(function (at, point) {
        if (seen[at] === undefined) {
            seen[at] = axis.at[point];
        }
        return seen[at] === axis.at[point];
    });
}

var allAxes = data.points.axes.map(makeAxis);
var variedAxes = allAxes.filter(function (axis) {
    return axis.values.length > 1 && !followsMachine(axis, allAxes[0]);
});
/* A grid has a good part of all combinations; what has few of them was drawn from the space. */
var isSample = POINTS < 0.1 * variedAxes.reduce(function (product, axis) { return product * axis.values.length; }, 1);
var drawnAxes = variedAxes.map(drawnAxis);
var metrics = data.points.metrics;
var boundOf = makeAxis(data.points.bound);
var errorOf = new Map(data.points.errors);
var detailOf = new Map(data.points.details);

/* Whether one machine ran one network in more than one way along an axis. */
function variesWithin(axis) {
    var subjects = allAxes.filter(function (each) { return ["machine", "network", "mode"].indexOf(each.key) >= 0; });
    var seen = new Map();
    return axis.at.some(function (at, point) {
        var subject = subjects.map(function (each) { return each.at[point]; }).join(" ");
        if (!seen.has(subject)) {
            seen.set(subject, at);
        }
        return seen.get(subject) !== at;
    });
}

var sweptAxes = variedAxes.filter(variesWithin);

function isSweep() {
    return sweptAxes.length > 0;
}

function axisOf(key) {
    return drawnAxes.filter(function (axis) { return axis.key === key; })[0];
}

function metricOf(key) {
    return metrics.filter(function (metric) { return metric.key === key; })[0];
}

function valueText(axis, index) {
    var text = axis.values[index];
    return text === null ? DEFAULT_TEXTS[axis.key] || "its own" : text;
}

/* The same with its unit, or with its key where the value alone says nothing: "batch 8", "rows 16", "dram bandwidth
 * 50 GB/s". */
function namedValue(axis, index) {
    var speaks = ["machine", "network", "precision", "mode", "transforms"].indexOf(axis.key) >= 0;
    var words = axis.title.split("."), text = valueText(axis, index);
    var short = axis.numeric && !axis.ranges ? plain(Number(text)) : text;
    return (speaks ? "" : words.slice(words.length > 2 ? -2 : -1).join(" ") + " ") + short +
        (axis.unit && axis.values[index] !== null ? " " + axis.unit : "");
}

/* A machine as it is, or without such a thing: EIE has no DRAM whose bandwidth could be set. */
function isOwn(axis, point) {
    return axis.values[axis.at[point]] === null && !DEFAULT_TEXTS[axis.key];
}

/* A point by what tells it from the others; axes of which all shown points have one value are left out. */
function pointName(point, held) {
    return variedAxes.filter(function (axis) { return (!held || held.indexOf(axis.key) < 0) && !isOwn(axis, point); })
        .map(function (axis) { return namedValue(axis, axis.at[point]); }).join(", ") ||
        valueText(allAxes[0], allAxes[0].at[point]);
}

function titled(thing) {
    return thing.unit ? thing.title + " (" + thing.unit + ")" : thing.title;
}

function allPoints() {
    return boundOf.at.map(function (bound, point) { return point; });
}

/* ---------------------------------------------------------------- choosers */

function options(select, values) {
    select.replaceChildren.apply(select, values.map(function (value) {
        return element("option", {value: value[0]}, value[1]);
    }));
}

/* A labelled select; `changed` is called with its value. */
function chooser(place, label, values, chosen, changed) {
    var select = element("select", {"aria-label": label});
    options(select, values);
    select.value = chosen;
    select.addEventListener("change", function () { changed(select.value); });
    place.append(element("label", {}, [label + " ", select]));
    return select;
}

function axisChoices(list) {
    return list.map(function (axis) { return [axis.key, axis.title]; });
}

function metricChoices() {
    return metrics.map(function (metric) { return [metric.key, metric.title]; });
}

/* Selects for the axes that a chart does not draw: it shows the points with the values that are chosen. Samples
 * begin with all of them, whatever their properties. `state` keeps what is chosen from call to call. */
var ANY = "any", SUBJECTS = ["machine", "network", "mode", "precision"];

function sliceChoosers(place, state, drawn, changed) {
    var held = drawnAxes.filter(function (axis) { return drawn.indexOf(axis.key) < 0; });
    fillSlice(state, held);
    held.forEach(function (axis) {
        var values = axis.values.map(function (text, index) {
            return [String(index), (axis.ranges ? "about " : "") + valueText(axis, index)];
        });
        chooser(place, titled(axis), [[ANY, "any"]].concat(values), state[axis.key], function (value) {
            state[axis.key] = value;
            changed();
        });
    });
}

/* What nobody chose yet is as in the fullest slice, the first of equals. */
function fillSlice(state, held) {
    held.forEach(function (axis) {
        if (isSample && state[axis.key] === undefined && SUBJECTS.indexOf(axis.key) < 0) {
            state[axis.key] = ANY;
        }
    });
    var counts = new Map(), best = null;
    allPoints().filter(function (point) {
        return held.every(function (axis) {
            var chosen = state[axis.key];
            return chosen === undefined || chosen === ANY || axis.at[point] === Number(chosen);
        });
    }).forEach(function (point) {
        var key = held.map(function (axis) { return axis.ranges ? ANY : axis.at[point]; }).join(" ");
        counts.set(key, (counts.get(key) || 0) + 1);
    });
    counts.forEach(function (count, key) { best = best === null || count > counts.get(best) ? key : best; });
    held.forEach(function (axis, i) {
        if (state[axis.key] === undefined) {
            state[axis.key] = best === null ? ANY : best.split(" ")[i];
        }
    });
}

function heldAxes(state, drawn) {
    return drawnAxes.filter(function (axis) { return drawn.indexOf(axis.key) < 0 && state[axis.key] !== ANY; });
}

function slicePoints(state, drawn) {
    var held = heldAxes(state, drawn);
    return allPoints().filter(function (point) {
        return held.every(function (axis) { return axis.at[point] === Number(state[axis.key]); });
    });
}

/* ---------------------------------------------------------------- fronts */

/* Whether a metric's value is better than another. */
function better(metric, a, b) {
    return metric.best === "min" ? a < b : a > b;
}

/* Points that no other beats on both metrics, by the first from its best to its worst. */
function frontOf(list, x, y) {
    var kept = [], best = null;
    list.slice().sort(function (a, b) {
        return (x.best === "min" ? 1 : -1) * (x.values[a] - x.values[b]) ||
            (y.best === "min" ? 1 : -1) * (y.values[a] - y.values[b]) || a - b;
    }).forEach(function (point) {
        if (best === null || better(y, y.values[point], best)) {
            kept.push(point);
            best = y.values[point];
        }
    });
    return kept;
}

/* What every chart of points says of one. */
function pointHint(point, shownMetrics) {
    var error = errorOf.get(point);
    if (error !== undefined) {
        return pointName(point) + "\nfailed: " + error;
    }
    return [pointName(point)].concat(shownMetrics.map(function (metric) {
        return metric.title + " " + shown(metric.values[point], metric);
    }), "bound by " + valueText(boundOf, boundOf.at[point])).join("\n");
}

/* A name for each result that is shown in full; what cannot be told apart is numbered. */
var pointOfResult = [];
data.points.details.forEach(function (pair) { pointOfResult[pair[1]] = pair[0]; });
var names = pointOfResult.map(function (point) { return pointName(point); }).map(function (name, i, all) {
    return all.indexOf(name) === i ? name : name + " (" + (i + 1) + ")";
});
