/** Names: what is shown, and the key by which they are compared. */

/** Characters of a name at most, counted as code points after `displayName`. */
export const UNAME_CHARACTERS = 30;

/** A name as it is stored and shown: NFKC, without white space at its ends. */
export const displayName = (uname: string): string => uname.normalize("NFKC").trim();

/**
 * The key of a name: two names with one key are one name. Upper case first, so that ß and SS, ς and σ meet; NFKC
 * again, for case mapping can leave what is not normal.
 */
export const nameKey = (uname: string): string => displayName(uname).toUpperCase().toLowerCase().normalize("NFKC");
