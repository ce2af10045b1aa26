export type { AptClient, AptClientOptions, AptResult } from "./apt-client.js";
export { aptClient } from "./apt-client.js";
export { aptFtparchive } from "./apt-ftparchive.js";
export type { CertificateOptions, TestCertificate } from "./certificate.js";
export { createCertificate } from "./certificate.js";
export type { Compression } from "./compression.js";
export { hasCompression } from "./compression.js";
export type { DebSpec } from "./deb.js";
export { buildDeb } from "./deb.js";
export type { TestkitErrorCode } from "./error.js";
export { TestkitError } from "./error.js";
export type { Fault, FaultMatcher, FaultRequest, FaultWhen, InjectedFault } from "./fault.js";
export type { FingerprintOptions } from "./fingerprint-tree.js";
export { fingerprintTree } from "./fingerprint-tree.js";
export type { GpgKeyring, GpgKeyringOptions, GpgSignOptions } from "./gpg.js";
export { gpgKeyring, gpgSign } from "./gpg.js";
export type { JudgeOptions, Verdict } from "./judge/judge-mirror.js";
export { judgeMirror } from "./judge/judge-mirror.js";
export type { KeyOptions, TestKey } from "./key.js";
export { createKey, keyringOf, revokeKey } from "./key.js";
export type { Describe } from "./needs.js";
export { describeNeeds, needs, toolReason } from "./needs.js";
export type { NginxOptions, NginxRequest, NginxServer } from "./nginx.js";
export { nginx } from "./nginx.js";
export type { PdiffDirectory } from "./pdiff-directory.js";
export { pdiffDirectory, pdiffRow } from "./pdiff-directory.js";
export type { TestRepository } from "./repository.js";
export { createRepository } from "./repository.js";
export type {
  HashList,
  PackageSpec,
  ReleaseForm,
  RepositoryChanges,
  RepositorySpec,
  SourcePackageSpec,
  SuiteChange,
  SuiteSpec,
} from "./repository-spec.js";
export type { LoggedRequest, ServeOptions, TestServer } from "./serve.js";
export { serve } from "./serve.js";
export type { SignOptions } from "./sign.js";
export { clearsign, detachSign } from "./sign.js";
export type { BuiltSource, SourceFile, SourceSpec } from "./source.js";
export { buildSource } from "./source.js";
export type { Fields } from "./stanza.js";
export type { TemporaryDirectory } from "./temporary-directory.js";
export { temporaryDirectory } from "./temporary-directory.js";
export type { RunToolOptions, ToolResult } from "./tool.js";
export { findTool, runTool } from "./tool.js";
