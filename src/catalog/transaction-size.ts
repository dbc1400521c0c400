/** Most rows that one transaction changes if the change may be as large as the library: about 20 ms of the writer. */
export const ROWS_A_TRANSACTION = 500;
