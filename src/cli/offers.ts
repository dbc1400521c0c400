/** What shells offer for the value of an option; a list: one of its words. */
export type Offers = 'folders' | 'files' | 'profiles' | readonly string[];
