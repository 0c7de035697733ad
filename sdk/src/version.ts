/** Version of this SDK, stamped into every bundle. Equal to package.json's; a test compares them. */
export const SDK_VERSION = '0.1.0';
