document.getElementById('app').textContent = 'jobs';
