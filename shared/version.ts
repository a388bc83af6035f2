/** The version of the protocol that hub and terminals speak; a terminal leaves a hub that speaks another. */
export const PROTOCOL_VERSION = 1;
