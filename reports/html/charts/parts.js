/* What the time and the energy of each design went to. */
function drawDesignTime() {
    var rows = designTime();
    legend("design-time", presentParts(TIME_PARTS, rows));
    draw("design-time", "stack", "Time of each design by what it went to", {shares: true, row_count: rowCount(rows)},
         {rows: rows});
}

function drawDesignEnergy() {
    var rows = designEnergy();
    legend("design-energy", presentParts(ENERGY_PARTS, rows));
    draw("design-energy", "stack", "Energy of each design by what it went to",
         {shares: true, row_count: rowCount(rows)}, {rows: rows});
}
