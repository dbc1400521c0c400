/** What to look for where systemd does not say which setting it is. */
const CANDIDATES = 'PrivateTmp=, ProtectSystem=, ProtectHome=, ProtectProc=, PrivateMounts=, ReadWritePaths=';

/**
 * The error for a mount that other processes do not see. `settings`: those of its unit that cause it, as
 * `PrivateTmp=yes`.
 */
export function invisibleMount(
  mountpoint: string,
  settings: readonly string[],
): { readonly message: string; readonly hint: string } {
  return {
    message: `The mount on ${mountpoint} is visible to its own service only, which has a private mount namespace.`,
    hint:
      settings.length === 0
        ? `Take what makes it private out of the unit (one of ${CANDIDATES} and their like), then restart the service.`
        : `Take ${settings.join(', ')} out of the unit, then restart the service.`,
  };
}
