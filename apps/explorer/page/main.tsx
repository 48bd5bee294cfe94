import { render } from 'preact';
import { Explorer } from './Explorer.tsx';
import './style.css';

const root = document.getElementById('app');
if (root) render(<Explorer />, root);
