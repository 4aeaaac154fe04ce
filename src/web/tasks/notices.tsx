import type { Notice } from '../api/live.ts'

export function showNotice(_notice: Notice): void {}
