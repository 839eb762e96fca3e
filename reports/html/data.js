/* ---------------------------------------------------------------- what the program wrote */

var data = JSON.parse(byId("data").textContent);
var results = data.results;

/* Okabe and Ito's colours, which colour-blind readers tell apart; the same part has the same colour
 * in every chart. */
var TIME_PARTS = [
    ["compute", "#009e73", "compute"], ["dram", "#d55e00", "DRAM"], ["cache", "#e69f00", "on-chip memory"],
    ["interconnect", "#f0e442", "interconnect"], ["fill_drain", "#56b4e9", "fill and drain"],
    ["imbalance", "#cc79a7", "imbalance"], ["overhead", "#999999", "overhead"]
];
var ENERGY_PARTS = [
    ["compute", "#009e73", "compute"], ["register", "#56b4e9", "registers"], ["sram", "#cc79a7", "private memories"],
    ["cache", "#e69f00", "caches"], ["dram", "#d55e00", "DRAM"], ["interconnect", "#f0e442", "interconnect"],
    ["static", "#999999", "static"]
];

/* How many items (images, sequences) one execution finishes. */
function items(result) {
    return result.throughput_per_s * result.latency_s || 1;
}

function energyEach(result) {
    return result.energy_j.total / items(result);
}

/* One row a part, for stacked bars. */
function stack(row, parts, values, scale) {
    return parts.map(function (part, order) {
        return {row: row, part: part[2], order: order, color: part[1], value: (values[part[0]] || 0) * scale,
                share: values[part[0]] || 0};
    });
}

/* ---------------------------------------------------------------- rows of charts */

function designRows() {
    return results.map(function (result, index) {
        return {name: names[index], index: index, latency: result.latency_s, energy: energyEach(result)};
    });
}

function designTime() {
    return [].concat.apply([], results.map(function (result, i) {
        return stack(names[i], TIME_PARTS, result.time_breakdown, 1);
    }));
}

function designEnergy() {
    return [].concat.apply([], results.map(function (result, i) {
        var total = result.energy_j.total || 1;
        return stack(names[i], ENERGY_PARTS, result.energy_j, 1 / total).map(function (row) {
            row.joules = row.share;
            return row;
        });
    }));
}

/* The layers that take most of a figure, in the order they run. */
var CHART_LAYERS = 30;

function largestLayers(result, figure) {
    var ranked = result.layers.map(function (layer, index) { return {layer: layer, index: index}; })
        .filter(function (each) { return figure(each.layer) > 0; })
        .sort(function (a, b) { return figure(b.layer) - figure(a.layer) || a.index - b.index; });
    return ranked.slice(0, CHART_LAYERS).sort(function (a, b) { return a.index - b.index; });
}

function layerRows(result, parts, key, figure, scaleOf) {
    return [].concat.apply([], largestLayers(result, figure).map(function (each) {
        /* Names may recur: the row carries the layer's number, the axis shows the name. */
        return stack(each.index + "\u0000" + each.layer.name, parts, each.layer[key], scaleOf(each.layer));
    }));
}
