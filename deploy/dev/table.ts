/** Lines of columns, each as wide as its widest cell. The first row is the head. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  const lines = rows.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()
  );
  const [head = "", ...body] = lines;
  return [head, widths.map((width) => "─".repeat(width)).join("  "), ...body];
}
