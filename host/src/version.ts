/** Version of this host. Equal to package.json's; a test compares them. */
export const HOST_VERSION = '0.1.0';
