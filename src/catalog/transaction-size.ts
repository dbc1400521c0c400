/** Rows that one transaction changes at most, where a change may be as large as the library: some 20 ms of the writer. */
export const ROWS_A_TRANSACTION = 500;
