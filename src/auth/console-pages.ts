import { projectOf } from './client-file.js';

/** Pages of the Google Cloud console that a person is sent to. */
export const NEW_PROJECT_PAGE = 'https://console.cloud.google.com/projectcreate';
export const LIBRARY_API_PAGE = 'https://console.cloud.google.com/apis/library/photoslibrary.googleapis.com';
export const PICKER_API_PAGE = 'https://console.cloud.google.com/apis/library/photospicker.googleapis.com';
export const CONSENT_PAGE = 'https://console.cloud.google.com/auth/overview';
export const AUDIENCE_PAGE = 'https://console.cloud.google.com/auth/audience';
export const CLIENTS_PAGE = 'https://console.cloud.google.com/auth/clients';
/**
 * The text, with its links into the console pointing to the project of the client, so that no other project is changed
 * by mistake.
 */
export function inProject(text: string, clientId: string): string {
  const project = projectOf(clientId);
  if (project === undefined) return text;
  return text.replace(
    /https:\/\/console\.cloud\.google\.com\/(?:[\w-]+[./])*[\w-]+/g,
    (page) => `${page}?project=${project}`,
  );
}

/** Where a person takes access back. */
export const CONNECTIONS_PAGE = 'https://myaccount.google.com/connections';
