// Where the data of HW-GPT-Bench lie, which are not in the package.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const hwGptFolder = fileURLToPath(new URL('../../../shared/data/hwgpt/', import.meta.url))

export const hwGptAvailable = existsSync(hwGptFolder)
