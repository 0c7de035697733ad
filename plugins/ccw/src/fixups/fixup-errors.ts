// What a person has to put right before hashes can be made.

import { PermanentError, type SafeText } from '@bfd-host/sdk';

export function pepperMissing(table: SafeText): PermanentError {
  return new PermanentError(
    'BFD_HASH_PEPPER',
    'Rows of {table} lack hashes, and there is no pepper to make them with. Set "pepper" in the config of this job in host.config.json, the same as of ccw-rif-load.',
    { table },
  );
}

export function developmentPepperRefused(): PermanentError {
  return new PermanentError(
    'BFD_HASH_DEVELOPMENT_PEPPER',
    'The pepper is "development", which everybody knows, and the database is not the embedded one. Set "pepper" in the config of this job to a secret of at least 32 hex digits, from an environment variable or a file.',
  );
}

export function settingsChanged(): PermanentError {
  return new PermanentError(
    'BFD_HASH_SETTINGS',
    'The stored hashes were made with another pepper or other iterations than host.config.json says. Put those back; or, to make all hashes anew, say under "rotateFrom" what they were.',
  );
}

export function rotateFromWrong(): PermanentError {
  return new PermanentError(
    'BFD_HASH_ROTATE_FROM',
    'The stored hashes were not made with what "rotateFrom" says. Put the pepper and iterations there that they were made with, or take "rotateFrom" away.',
  );
}

export function rotationUnfinished(): PermanentError {
  return new PermanentError(
    'BFD_HASH_ROTATION_UNFINISHED',
    'An earlier change of pepper or iterations is not at its end. Put back what "pepper", "iterations" and "rotateFrom" were, until the log says that all hashes are rotated; then take "rotateFrom" away, until it says that the former hashes are gone.',
  );
}
