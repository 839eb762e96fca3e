/* What the time and the energy of each design went to. */
function designSignals(rows) {
    return {shares: true, row_count: rowCount(rows), row_height: results.length > 12 ? 18 : 28};
}

function drawDesignTime() {
    var rows = designTime();
    legend("design-time", presentParts(TIME_PARTS, rows));
    draw("design-time", "stack", "Time of each design by what it went to", designSignals(rows),
         {rows: rows});
}

function drawDesignEnergy() {
    var rows = designEnergy();
    legend("design-energy", presentParts(ENERGY_PARTS, rows));
    draw("design-energy", "stack", "Energy of each design by what it went to",
         designSignals(rows), {rows: rows});
}
