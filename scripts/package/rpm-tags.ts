// Numbers of the RPM format.

/** Tags of the main header (include/rpm/rpmtag.h). */
export const TAG = {
  HEADERI18NTABLE: 100,
  NAME: 1000,
  VERSION: 1001,
  RELEASE: 1002,
  SUMMARY: 1004,
  DESCRIPTION: 1005,
  BUILDTIME: 1006,
  BUILDHOST: 1007,
  SIZE: 1009,
  VENDOR: 1011,
  LICENSE: 1014,
  GROUP: 1016,
  OS: 1021,
  ARCH: 1022,
  PREIN: 1023,
  POSTIN: 1024,
  PREUN: 1025,
  POSTUN: 1026,
  FILESIZES: 1028,
  FILEMODES: 1030,
  FILERDEVS: 1033,
  FILEMTIMES: 1034,
  FILEDIGESTS: 1035,
  FILELINKTOS: 1036,
  FILEFLAGS: 1037,
  FILEUSERNAME: 1039,
  FILEGROUPNAME: 1040,
  SOURCERPM: 1044,
  FILEVERIFYFLAGS: 1045,
  PROVIDENAME: 1047,
  REQUIREFLAGS: 1048,
  REQUIRENAME: 1049,
  REQUIREVERSION: 1050,
  PREINPROG: 1085,
  POSTINPROG: 1086,
  PREUNPROG: 1087,
  POSTUNPROG: 1088,
  FILEDEVICES: 1095,
  FILEINODES: 1096,
  FILELANGS: 1097,
  PROVIDEFLAGS: 1112,
  PROVIDEVERSION: 1113,
  DIRINDEXES: 1116,
  BASENAMES: 1117,
  DIRNAMES: 1118,
  PAYLOADFORMAT: 1124,
  PAYLOADCOMPRESSOR: 1125,
  PAYLOADFLAGS: 1126,
  POSTTRANS: 1152,
  POSTTRANSPROG: 1154,
  FILEDIGESTALGO: 5011,
  ENCODING: 5062,
  PAYLOADDIGEST: 5092,
  PAYLOADDIGESTALGO: 5093,
  /** Digest of the payload before compression. */
  PAYLOADDIGESTALT: 5097,
} as const;

/** Tags of the signature header. */
export const SIGNATURE = {
  /** SHA-256 of the main header. */
  SHA256: 273,
  /** Size of the main header and the payload. */
  SIZE: 1000,
  /** Size of the payload before compression. */
  PAYLOADSIZE: 1007,
} as const;

/** Attributes of files (include/rpm/rpmfiles.h). */
export const FILE = { CONFIG: 1 << 0, DOC: 1 << 1, NOREPLACE: 1 << 4, LICENSE: 1 << 7 } as const;

/** Attributes of dependencies (include/rpm/rpmds.h). */
export const SENSE = {
  LESS: 1 << 1,
  EQUAL: 1 << 3,
  SCRIPT_POSTTRANS: 1 << 5,
  INTERP: 1 << 8,
  SCRIPT_PRE: 1 << 9,
  SCRIPT_POST: 1 << 10,
  SCRIPT_PREUN: 1 << 11,
  SCRIPT_POSTUN: 1 << 12,
  /** Generated from the files, not declared. */
  FIND_REQUIRES: 1 << 14,
  RPMLIB: 1 << 24,
  CONFIG: 1 << 28,
} as const;

/** ID of SHA-256 in OpenPGP (RFC 9580). */
export const SHA256 = 8;
