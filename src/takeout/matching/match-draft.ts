/** Which file belongs to which other one of its folder, by their indices. */
export class MatchDraft {
  /** Media whose name says that they are edited versions, whether or not the original was found. */
  readonly edited = new Set<number>();
  readonly editedOf = new Map<number, number>();
  readonly movingOf = new Map<number, number>();
  /** `X~2.jpg` without a sidecar, and the file whose sidecar it shares. */
  readonly variantOf = new Map<number, number>();
}
