/** Columns aligned with two spaces between; numbers to the right. The first row is the header. */
export function formatTable(rows: readonly (readonly (string | number)[])[]): string {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, c) => Math.max(...rows.map((row) => String(row[c]).length)));
  const numeric = widths.map((_, c) =>
    rows.slice(1).every((row) => /^[-+]?[\d  ,.%:]+[a-zA-Z%]*$/.test(String(row[c]))),
  );
  return rows
    .map((row) =>
      row
        .map((value, c) => (numeric[c] ? String(value).padStart(widths[c]) : String(value).padEnd(widths[c])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `1 234 567`: thousands apart by a narrow no-break space would break copy and paste, so a plain space. */
export function formatNumber(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
}

/** A fraction as per cent with two digits: `93.12 %`. */
export function formatPercent(fraction: number): string {
  return `${(100 * fraction).toFixed(2)} %`;
}

/** `8 s`, `3 min 20 s`, `2 h 5 min`, `4 d 3 h`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}
