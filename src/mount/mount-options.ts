/** Bytes of the option string that the binding keeps, its end mark left out. */
const LONGEST_OPTIONS = 1023;
/** The most that one read request carries under this protocol version, so that the mount table says what is so. */
const MAX_READ = 131_072;

/**
 * Seconds that macOS waits for an answer before it ends the whole mount; 600 is the most that macFUSE takes, 60 its default. No
 * call of this program waits longer than 30 (SEMANTICS `deadlines`).
 */
export const DAEMON_TIMEOUT_SECONDS = 600;

export interface KernelOptions {
  readonly platform: NodeJS.Platform;
  readonly readOnly: boolean;
  readonly allowOther: boolean;
  /** Seconds that the kernel may keep attributes and names; 0 keeps none. */
  readonly attrTimeoutSeconds: number;
  /** Source shown in the mount table. */
  readonly fsname: string;
  /** Shown by the Finder. */
  readonly volumeName: string;
}

/** File system type in the mount table behind `fuse.`: by this a mount is known as ours. */
export const SUBTYPE = 'gphotos-mount';

/** The `-o` argument for libfuse. Throws a RangeError where a value cannot stand in it. */
export function kernelOptions(options: KernelOptions): string {
  const timeout = String(options.attrTimeoutSeconds);
  const list = [
    ...(options.readOnly ? ['ro'] : []),
    'use_ino',
    `attr_timeout=${timeout}`,
    `entry_timeout=${timeout}`,
    // Pages stay after the close as long as size and date of the file do.
    'auto_cache',
    `ac_attr_timeout=${timeout}`,
    `max_read=${MAX_READ}`,
    `fsname=${optionValue(options.fsname)}`,
    ...(options.allowOther ? ['allow_other', 'default_permissions'] : []),
    ...(options.platform === 'darwin'
      ? [
          `daemon_timeout=${DAEMON_TIMEOUT_SECONDS}`,
          'noappledouble',
          `volname=${options.volumeName.replace(/[,\\]/g, ' ')}`,
        ]
      : [`subtype=${SUBTYPE}`]),
  ];
  const text = `-o${list.join(',')}`;
  if (Buffer.byteLength(text) > LONGEST_OPTIONS) throw new RangeError(`mount options over ${LONGEST_OPTIONS} bytes`);
  return text;
}

/** Whether a text can be the value of a mount option as it is. */
export function fitsMountOption(value: string): boolean {
  return /^[\w@:./#+-]+$/.test(value);
}

function optionValue(value: string): string {
  if (!fitsMountOption(value)) throw new RangeError(`not fit for a mount option: ${JSON.stringify(value)}`);
  return value;
}
