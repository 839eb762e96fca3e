/* Time and energy of the layers that need most of them, as stacks in the order they run. */
function layerNote(result, figure) {
    var shown = largestLayers(result, figure), all = 0, sum = 0;
    result.layers.forEach(function (layer) { all += figure(layer); });
    shown.forEach(function (each) { sum += figure(each.layer); });
    return shown.length < result.layers.length
        ? "the " + shown.length + " largest of " + result.layers.length + ", " + percent(all ? sum / all : 0) +
          " of the whole, as they run"
        : "as they run";
}

function drawLayerStack(name, result, parts, key, unit, figure, scaleOf, label) {
    var rows = layerRows(result, parts, key, figure, scaleOf);
    note(name, layerNote(result, figure));
    legend(name, presentParts(parts, rows));
    draw(name, "stack", label, {unit: unit, shares: false, row_height: 20, row_count: rowCount(rows)}, {rows: rows});
}

function drawLayerTime(result) {
    function time(layer) { return layer.latency_s; }
    drawLayerStack("layer-time", result, TIME_PARTS, "time_breakdown", "s", time, time, "Time of the longest layers");
}

function drawLayerEnergy(result) {
    drawLayerStack("layer-energy", result, ENERGY_PARTS, "energy_j", "J",
                   function (layer) { return layer.energy_j.total; }, function () { return 1; },
                   "Energy of the layers that need most");
}
