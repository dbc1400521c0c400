import { hash32, hashText } from '../../emulator/random.js';
import type { Album, Photo, Place } from './library.js';

/** Times in Google's JSON are seconds as a text, with a text for people beside them. */
function time(ms: number): object {
  return { timestamp: String(Math.floor(ms / 1000)), formatted: new Date(ms).toUTCString() };
}

function place(of: Place | undefined): object {
  const { latitude, longitude, altitude } = of ?? { latitude: 0, longitude: 0, altitude: 0 };
  return { latitude, longitude, altitude, latitudeSpan: 0, longitudeSpan: 0 };
}

/** The sidecar of a photograph. `copy` numbers its folders: Google gives a copy in an album another id. */
export function sidecarText(photo: Photo, copy: number): string {
  const id = hash32(hashText(photo.key), copy).toString(36);
  return JSON.stringify(
    {
      title: photo.title,
      description: photo.description,
      imageViews: String(copy + 3),
      creationTime: time(photo.takenMs + 86_400_000),
      ...(photo.sidecar === 'absent' ? {} : { photoTakenTime: time(photo.sidecar === 'zero' ? 0 : photo.takenMs) }),
      geoData: place(photo.place),
      ...(photo.placeExif === undefined ? {} : { geoDataExif: place(photo.placeExif) }),
      ...(photo.people.length === 0 ? {} : { people: photo.people.map((name) => ({ name })) }),
      url: `https://photos.google.com/photo/AF1Qip${id}`,
      googlePhotosOrigin: { mobileUpload: { deviceType: 'ANDROID_PHONE' } },
      // Google writes a flag only where it is true.
      ...(photo.favorite ? { favorited: true } : {}),
      ...(photo.archived ? { archived: true } : {}),
      ...(photo.trashed ? { trashed: true } : {}),
      ...(photo.locked ? { inLockedFolder: true } : {}),
    },
    null,
    2,
  );
}

export function orphanText(title: string, takenMs: number): string {
  return JSON.stringify({
    title,
    creationTime: time(takenMs),
    photoTakenTime: time(takenMs),
    geoData: place(undefined),
  });
}

/** An album's json: `plain`, wrapped as in older exports, or `{}` for an untitled one, as some exports have it. */
export function albumText(album: Album, form: 'plain' | 'wrapped' | 'bare'): string {
  if (form === 'bare' && album.title === '') return '{}';
  const data = {
    title: album.title,
    description: album.description,
    access: 'protected',
    date: time(Date.UTC(2024, 0, 1)),
  };
  return JSON.stringify(form === 'wrapped' ? { albumData: data } : data, null, 2);
}
