/** Most rows that one transaction changes if the change may be as large as the library: about 20 ms of the writer. */
export const ROWS_A_TRANSACTION = 500;
/**
 * The same while an export is read, in about 100 ms: a commit writes each page that changed, and keys in the order of an archive change
 * pages all over their indexes.
 */
export const ROWS_WHILE_READING = 2000;
