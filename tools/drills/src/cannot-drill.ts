/** Why a drill cannot be held on this machine, in words for the person who called. */
export class CannotDrill extends Error {}
