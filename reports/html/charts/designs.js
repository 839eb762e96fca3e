/* Latency and energy of each design: a dot each on a logarithmic axis. */
function fewDesigns() {
    return results.length > 1 && results.length <= 16 && data.points.count === results.length;
}

function drawDots(name, unit, figure, label) {
    var rows = designRows();
    var axis = logAxis(rows.map(figure));
    var drawn = rows.map(function (row) {
        return {name: row.name, value: figure(row), color: seriesColor(row.index)};
    }).filter(function (row) { return row.value > 0; });
    draw(name, "dots", label, {unit: unit, limits: axis.limits, ticks: axis.ticks, row_count: drawn.length},
         {rows: drawn});
}

function drawLatency() {
    drawDots("latency", "s", function (row) { return row.latency; }, "Latency of each design");
}

function drawEnergy() {
    drawDots("energy", "J", function (row) { return row.energy; }, "Energy of one item on each design");
}
