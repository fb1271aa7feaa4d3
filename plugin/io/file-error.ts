// What the operating system said of a file, in Go's words: `open /x: permission denied`.

/** Of an error of another kind: its message. Node names no file where it is the reading that fails. */
export function describeFileError(error: unknown, file: string): string {
  const { code = '', message, syscall = 'open' } = error as NodeJS.ErrnoException
  const reason = REASONS[code]
  return reason === undefined ? message : `${syscall} ${file}: ${reason}`
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
  ELOOP: 'too many levels of symbolic links',
  EROFS: 'read-only file system'
}
