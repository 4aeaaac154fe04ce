import './app/mantine-styles.ts'
import './app/global.css'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'

const root = document.getElementById('root')
if (!root) throw new Error('the page has no element with the id "root"')
createRoot(root).render(<App />)
