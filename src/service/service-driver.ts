import type { Surroundings } from '../daemon/profile-paths.js';
import type { Clock } from '../support/clock.js';
import type { UserError } from '../support/user-error.js';
import type { FileOrigin } from './seal.js';
import type { RunProgram } from './systemd.js';

export interface ServiceDeps {
  /** Of the user that the service runs as: home and uid are that user's. */
  readonly around: Surroundings;
  readonly run: RunProgram;
  readonly profile: string;
  /** The user of a service of the machine; undefined for a service of the user who installs it. */
  readonly user: string | undefined;
  /** Default: where the manager looks for services of the machine, or of the user. */
  readonly folder?: string | undefined;
  readonly say: (line: string) => void;
  readonly clock?: Clock;
}

/** What the service runs, whatever manages it. */
export interface ServiceDescription {
  readonly mountpoint: string;
  /** Absolute path of Node. */
  readonly node: string;
  /** Absolute path of the program's entry file. */
  readonly program: string;
  /** Options of the mount, as on a command line. */
  readonly options: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Where settings want the log; undefined: the usual place. */
  readonly logFile?: string | undefined;
}

/** The state of the service. */
export interface ServiceState {
  /** In the manager's words. */
  readonly words: string;
  readonly isRunning: boolean;
  /** What its last run ended with; undefined where it runs, ended well, or that is not known. */
  readonly exitCode?: number | undefined;
  /** The last lines that it wrote. */
  readonly lines: readonly string[];
}

/** One service of one manager: systemd or launchd. `manage-service.ts` installs, tells and removes by it alone. */
export interface ServiceDriver {
  /** As its manager calls it. */
  readonly name: string;
  /** What the manager calls the file: unit, agent. */
  readonly kind: string;
  /** What describes the service to its manager. */
  readonly file: string;
  /** Folder that has to be there before the service starts; undefined where none has. */
  readonly logFolder: string | undefined;
  /** A command that shows why it does not run. */
  readonly seeWhy: string;
  /** What to do instead of editing the file. */
  readonly howToEdit: string;
  /** A path in the one spelling that the file has it in. */
  spelled(path: string): string;
  /** The text of the file. */
  describe(service: ServiceDescription): Promise<string>;
  origin(text: string): FileOrigin;
  /** The environment that the manager gives its services. Rejects with UserError where it cannot be reached. */
  reach(): Promise<NodeJS.ProcessEnv>;
  /** The file that the manager has the service from; undefined where it does not know it. */
  takenFrom(): Promise<string | undefined>;
  /** Whether the manager brings credentials along, so that none have to be there. */
  handsOverCredentials(): boolean;
  isRunning(): Promise<boolean>;
  /** Makes the manager read the file and start the service, from now on and after each login or boot. Rejects with UserError. */
  start(isChanged: boolean): Promise<void>;
  /** Whether the manager itself knows that the mount is there, for daemons that cannot be asked. */
  saysReady(mountpoint: string): Promise<boolean>;
  /** Why the service will not become ready; undefined while it still may. */
  failure(): Promise<UserError | undefined>;
  /** Ends it and keeps it from starting again; no mount stays. Rejects with UserError where it goes on. */
  stop(text: string): Promise<void>;
  /** After the file is gone. */
  forget(): Promise<void>;
  state(text: string): Promise<ServiceState>;
  /** Programs that the file names. */
  programsIn(text: string): string[];
  /** When it runs, as a sentence for the person who has just installed it. */
  advice(): Promise<string>;
  /** What an uninstall leaves in place, as a sentence; empty where that is nothing. */
  kept(): string;
}
